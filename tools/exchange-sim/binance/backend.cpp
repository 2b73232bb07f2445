#include "exchange-sim/binance/backend.hpp"

#include <algorithm>
#include <vector>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::binance {
namespace {

std::string E8(std::int64_t value) {
    std::string text;
    AppendE8(text, value);
    return text;
}

const char* Bool(bool value) {
    return value ? "true" : "false";
}

std::string Row(const TradeTick& trade) {
    return Concat(
        "{\"id\":",
        trade.id,
        ",\"price\":\"",
        E8(trade.price),
        "\",\"qty\":\"",
        E8(trade.quantity),
        "\",\"quoteQty\":\"",
        E8(MultiplyE8(trade.price, trade.quantity)),
        "\",\"time\":",
        trade.time_ms,
        ",\"isBuyerMaker\":",
        Bool(trade.taker_sells),
        ",\"isBestMatch\":true}"
    );
}

std::string Row(const AggregateTrade& trade) {
    return Concat(
        "{\"a\":",
        trade.id,
        ",\"p\":\"",
        E8(trade.price),
        "\",\"q\":\"",
        E8(trade.quantity),
        "\",\"f\":",
        trade.first_trade,
        ",\"l\":",
        trade.last_trade,
        ",\"T\":",
        trade.time_ms,
        ",\"m\":",
        Bool(trade.taker_sells),
        ",\"M\":true}"
    );
}

std::string Row(const Candle& c, std::int64_t interval_ms) {
    return Concat(
        "[",
        c.open_ms,
        ",\"",
        E8(c.open),
        "\",\"",
        E8(c.high),
        "\",\"",
        E8(c.low),
        "\",\"",
        E8(c.close),
        "\",\"",
        E8(c.volume),
        "\",",
        c.open_ms + interval_ms - 1,
        ",\"",
        E8(c.quote_volume),
        "\",",
        c.trades,
        ",\"",
        E8(c.taker_volume),
        "\",\"",
        E8(c.taker_quote_volume),
        "\",\"0\"]"
    );
}

// From the front where the query says where to begin, else the latest.
std::string Limited(std::vector<std::string> rows, const RowQuery& query) {
    if (rows.size() > query.limit) {
        if (query.from_id || query.start_ms) {
            rows.resize(query.limit);
        } else {
            rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(query.limit));
        }
    }
    return Concat("[", Join(rows, ","), "]");
}

bool Within(const RowQuery& query, std::int64_t id, std::int64_t time_ms) {
    return id >= query.from_id.value_or(id) && time_ms >= query.start_ms.value_or(time_ms) &&
           time_ms <= query.end_ms.value_or(time_ms);
}

template <typename History>
std::string Rows(const History& history, const RowQuery& query) {
    std::vector<std::string> rows;
    const bool from_front = query.from_id || query.start_ms;
    for (auto at = history.rbegin(); at != history.rend() && !from_front; ++at) {
        if (rows.size() == query.limit) break;
        if (Within(query, at->id, at->time_ms)) rows.push_back(Row(*at));
    }
    std::ranges::reverse(rows);
    for (auto at = history.begin(); at != history.end() && from_front; ++at) {
        if (rows.size() == query.limit) break;
        if (Within(query, at->id, at->time_ms)) rows.push_back(Row(*at));
    }
    return Limited(std::move(rows), query);
}

}  // namespace

std::uint32_t GeneratedBackend::IndexOf(const std::string& symbol) const {
    std::uint32_t index = 0;
    while (feed_.VenueSymbol(index) != symbol) ++index;
    return index;
}

boost::asio::awaitable<std::optional<std::string>> GeneratedBackend::Depth(
    std::string symbol, std::size_t limit
) {
    co_return feed_.Depth(IndexOf(symbol), limit);
}

std::string GeneratedBackend::Klines(const RowQuery& query, std::int64_t interval_ms) const {
    const Market::Symbol& symbol = market_.symbols()[IndexOf(query.symbol)];
    const CandleSeries& base = symbol.base_of(interval_ms);
    const std::int64_t first = IntervalStart(base.candles().front().open_ms, interval_ms);
    const std::int64_t last = base.candles().back().open_ms;
    std::vector<std::string> rows;
    const auto want = static_cast<std::int64_t>(query.limit);
    std::int64_t open = query.start_ms.value_or(0);
    // The first interval that begins at or after the start.
    open = IntervalStart(open + interval_ms - 1, interval_ms);
    const std::int64_t end = std::min(query.end_ms.value_or(last), last);
    if (!query.start_ms) open = IntervalStart(end, interval_ms) - (want - 1) * interval_ms;
    for (open = std::max(open, first); open <= end; open += interval_ms) {
        if (rows.size() == query.limit) break;
        rows.push_back(Row(base.Fold(open, interval_ms), interval_ms));
    }
    return Concat("[", Join(rows, ","), "]");
}

std::string GeneratedBackend::Trades(const RowQuery& query) const {
    return Rows(market_.symbols()[IndexOf(query.symbol)].trades, query);
}

std::string GeneratedBackend::AggregateTrades(const RowQuery& query) const {
    return Rows(market_.symbols()[IndexOf(query.symbol)].aggregates, query);
}

std::string GeneratedBackend::DayTicker(const std::string& name) const {
    const Market::Symbol& symbol = market_.symbols()[IndexOf(name)];
    const std::int64_t now = WallMillis();
    const Candle day = RollingDay(symbol, now);
    const BestQuote best = symbol.best();
    return Concat(
        "{\"symbol\":\"",
        name,
        "\",\"priceChange\":\"",
        E8(day.close - day.open),
        "\",\"prevClosePrice\":\"",
        E8(day.open),
        "\",\"lastPrice\":\"",
        E8(day.close),
        "\",\"bidPrice\":\"",
        E8(best.bid),
        "\",\"bidQty\":\"",
        E8(best.bid_quantity),
        "\",\"askPrice\":\"",
        E8(best.ask),
        "\",\"askQty\":\"",
        E8(best.ask_quantity),
        "\",\"openPrice\":\"",
        E8(day.open),
        "\",\"highPrice\":\"",
        E8(day.high),
        "\",\"lowPrice\":\"",
        E8(day.low),
        "\",\"volume\":\"",
        E8(day.volume),
        "\",\"quoteVolume\":\"",
        E8(day.quote_volume),
        "\",\"openTime\":",
        now - 86'400'000,
        ",\"closeTime\":",
        now,
        ",\"firstId\":",
        day.first_id,
        ",\"lastId\":",
        day.last_id,
        ",\"count\":",
        day.trades,
        "}"
    );
}

std::string GeneratedBackend::BookTicker(const std::string& symbol) const {
    const BestQuote best = market_.symbols()[IndexOf(symbol)].best();
    return Concat(
        "{\"symbol\":\"",
        symbol,
        "\",\"bidPrice\":\"",
        E8(best.bid),
        "\",\"bidQty\":\"",
        E8(best.bid_quantity),
        "\",\"askPrice\":\"",
        E8(best.ask),
        "\",\"askQty\":\"",
        E8(best.ask_quantity),
        "\"}"
    );
}

boost::asio::awaitable<std::optional<std::string>> RecordedBackend::Depth(
    std::string symbol, std::size_t limit
) {
    co_return co_await replay_.Snapshot(std::move(symbol), limit);
}

std::string RecordedBackend::Rows(const RowQuery& query, bool aggregate) const {
    std::vector<std::string> rows;
    const auto& items = replay_.recording().items;
    for (std::size_t i = 0; i < replay_.position(); ++i) {
        if (items[i].snapshot) continue;
        const Frame frame = items[i].frame.view();
        if (frame.kind != FrameKind::kTrade || frame.symbol != query.symbol) continue;
        const std::string_view payload = frame.payload();
        const auto id = FindInteger(payload, aggregate ? "a" : "t");
        const auto time = FindInteger(payload, "T");
        // Old trade messages carry order ids under "a".
        if ((FindString(payload, "e") == "aggTrade") != aggregate) continue;
        if (!id || !time || !Within(query, *id, *time)) continue;
        const auto field = [payload](const char* key) { return FindValue(payload, key); };
        rows.push_back(
            aggregate ? Concat(
                            "{\"a\":",
                            *id,
                            ",\"p\":",
                            field("p"),
                            ",\"q\":",
                            field("q"),
                            ",\"f\":",
                            field("f"),
                            ",\"l\":",
                            field("l"),
                            ",\"T\":",
                            *time,
                            ",\"m\":",
                            field("m"),
                            ",\"M\":true}"
                        )
                      : Concat(
                            "{\"id\":",
                            *id,
                            ",\"price\":",
                            field("p"),
                            ",\"qty\":",
                            field("q"),
                            ",\"time\":",
                            *time,
                            ",\"isBuyerMaker\":",
                            field("m"),
                            ",\"isBestMatch\":true}"
                        )
        );
    }
    return Limited(std::move(rows), query);
}

std::string RecordedBackend::Trades(const RowQuery& query) const {
    return Rows(query, false);
}

std::string RecordedBackend::AggregateTrades(const RowQuery& query) const {
    return Rows(query, true);
}

std::string RecordedBackend::BookTicker(const std::string& symbol) const {
    const auto& items = replay_.recording().items;
    for (std::size_t i = replay_.position(); i-- > 0;) {
        const Frame frame = items[i].frame.view();
        if (items[i].snapshot || frame.kind != FrameKind::kBbo || frame.symbol != symbol) continue;
        const std::string_view payload = frame.payload();
        return Concat(
            "{\"symbol\":\"",
            symbol,
            "\",\"bidPrice\":",
            FindValue(payload, "b"),
            ",\"bidQty\":",
            FindValue(payload, "B"),
            ",\"askPrice\":",
            FindValue(payload, "a"),
            ",\"askQty\":",
            FindValue(payload, "A"),
            "}"
        );
    }
    return "";
}

}  // namespace mp::sim::binance
