#include "exchange-sim/binance/backend.hpp"

#include <algorithm>
#include <vector>

#include "exchange-sim/json_writer.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::binance {
namespace {

std::string Row(const TradeTick& trade) {
    JsonWriter json;
    json.Open('{').Integer("id", trade.id).Padded("price", trade.price);
    json.Padded("qty", trade.quantity);
    json.Padded("quoteQty", MultiplyE8(trade.price, trade.quantity));
    json.Integer("time", trade.time_ms).Flag("isBuyerMaker", trade.taker_sells);
    return json.Flag("isBestMatch", true).Close('}').text();
}

std::string Row(const AggregateTrade& trade) {
    JsonWriter json;
    json.Open('{').Integer("a", trade.id).Padded("p", trade.price).Padded("q", trade.quantity);
    json.Integer("f", trade.first_trade).Integer("l", trade.last_trade);
    json.Integer("T", trade.time_ms).Flag("m", trade.taker_sells).Flag("M", true);
    return json.Close('}').text();
}

std::string Row(const Candle& c, std::int64_t interval_ms) {
    JsonWriter json;
    json.Open('[').Integer(c.open_ms).Padded(c.open).Padded(c.high).Padded(c.low).Padded(c.close);
    json.Padded(c.volume).Integer(c.open_ms + interval_ms - 1).Padded(c.quote_volume);
    json.Integer(c.trades).Padded(c.taker_volume).Padded(c.taker_quote_volume).Text("0");
    return json.Close(']').text();
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
    JsonWriter json;
    json.Open('{').Text("symbol", name).Padded("priceChange", day.close - day.open);
    json.Padded("prevClosePrice", day.open).Padded("lastPrice", day.close);
    json.Padded("bidPrice", best.bid).Padded("bidQty", best.bid_quantity);
    json.Padded("askPrice", best.ask).Padded("askQty", best.ask_quantity);
    json.Padded("openPrice", day.open).Padded("highPrice", day.high).Padded("lowPrice", day.low);
    json.Padded("volume", day.volume).Padded("quoteVolume", day.quote_volume);
    json.Integer("openTime", now - 86'400'000).Integer("closeTime", now);
    json.Integer("firstId", day.first_id).Integer("lastId", day.last_id);
    return json.Integer("count", day.trades).Close('}').text();
}

std::string GeneratedBackend::BookTicker(const std::string& symbol) const {
    const BestQuote best = market_.symbols()[IndexOf(symbol)].best();
    JsonWriter json;
    json.Open('{').Text("symbol", symbol);
    json.Padded("bidPrice", best.bid).Padded("bidQty", best.bid_quantity);
    json.Padded("askPrice", best.ask).Padded("askQty", best.ask_quantity);
    return json.Close('}').text();
}

boost::asio::awaitable<std::optional<std::string>> RecordedBackend::Depth(
    std::string symbol, std::size_t limit
) {
    co_return co_await replay_.Snapshot(std::move(symbol), limit);
}

std::string RecordedBackend::Rows(const RowQuery& query, bool aggregate) const {
    std::vector<std::string> rows;
    for (const Frame& frame : replay_.Sent(FrameKind::kTrade, query.symbol)) {
        const std::string_view payload = frame.payload();
        const auto id = FindInteger(payload, aggregate ? "a" : "t");
        const auto time = FindInteger(payload, "T");
        // Old trade messages carry order ids under "a".
        if ((FindString(payload, "e") == "aggTrade") != aggregate) continue;
        if (!id || !time || !Within(query, *id, *time)) continue;
        JsonWriter json;
        json.Open('{').Integer(aggregate ? "a" : "id", *id);
        const auto copy = [&](const char* key, const char* from) {
            json.Key(key).Raw(FindValue(payload, from));
        };
        copy(aggregate ? "p" : "price", "p");
        copy(aggregate ? "q" : "qty", "q");
        if (aggregate) copy("f", "f"), copy("l", "l");
        json.Integer(aggregate ? "T" : "time", *time);
        copy(aggregate ? "m" : "isBuyerMaker", "m");
        rows.push_back(json.Flag(aggregate ? "M" : "isBestMatch", true).Close('}').text());
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
    const auto quotes = replay_.Sent(FrameKind::kBbo, symbol);
    if (quotes.empty()) return "";
    const std::string_view payload = quotes.back().payload();
    JsonWriter json;
    json.Open('{').Text("symbol", symbol);
    json.Key("bidPrice").Raw(FindValue(payload, "b")).Key("bidQty").Raw(FindValue(payload, "B"));
    json.Key("askPrice").Raw(FindValue(payload, "a")).Key("askQty").Raw(FindValue(payload, "A"));
    return json.Close('}').text();
}

}  // namespace mp::sim::binance
