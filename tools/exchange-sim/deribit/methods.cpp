#include "exchange-sim/deribit/methods.hpp"

#include <algorithm>

#include "exchange-sim/deribit/channel.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::deribit {
namespace {

constexpr int kInvalidParams = -32602;
constexpr int kUnknownMethod = -32601;
constexpr std::int64_t kHour = 3600 * 1000;

std::optional<std::int64_t> Number(const HttpRequest& parameters, std::string_view name) {
    return ParseNumber<std::int64_t>(parameters.Parameter(name).value_or(""));
}

std::string_view Text(const HttpRequest& parameters, std::string_view name) {
    return parameters.Parameter(name).value_or("");
}

}  // namespace

Methods::Answer Methods::Error(int code, std::string_view message, std::string_view reason) {
    std::string json = Concat("{\"code\":", code, ",\"message\":\"", message, "\"");
    if (!reason.empty()) json += Concat(",\"data\":{\"reason\":\"", reason, "\"}");
    return {json + "}", true};
}

boost::asio::awaitable<Methods::Answer> Methods::Call(
    std::string_view method, const HttpRequest& parameters
) const {
    if (method == "public/test") co_return Answer{R"({"version":"1.2.26"})"};
    if (method == "public/hello") co_return Answer{R"({"version":"1.2.26"})"};
    if (method == "public/status") co_return Answer{R"({"locked":"false","locked_indices":[]})"};
    if (method == "public/get_time") co_return Answer{Concat(WallMillis())};
    if (method == "public/get_instruments") {
        const auto rows =
            instruments_.Render(Text(parameters, "currency"), Text(parameters, "kind"));
        co_return Answer{Concat("[", rows, "]")};
    }
    if (method == "public/get_book_summary_by_currency") co_return Summary(parameters);
    const std::string_view name = Text(parameters, "instrument_name");
    if (instruments_.Find(name) == nullptr) {
        co_return method.starts_with("public/get_") || method == "public/ticker"
            ? Error(kInvalidParams, "Invalid params", "wrong format")
            : Error(kUnknownMethod, "Method not found");
    }
    if (method == "public/get_instrument") co_return Answer{instruments_.Row(name)};
    if (method == "public/get_order_book") co_return co_await OrderBook(parameters);
    if (method.starts_with("public/get_last_trades_by_instrument")) {
        co_return Trades(method, parameters);
    }
    if (method == "public/get_tradingview_chart_data") co_return Chart(parameters);
    if (method == "public/get_funding_rate_history") co_return Funding(parameters);
    if (method == "public/ticker") co_return Ticker(parameters);
    co_return Error(kUnknownMethod, "Method not found");
}

boost::asio::awaitable<Methods::Answer> Methods::OrderBook(const HttpRequest& parameters) const {
    const std::string name(Text(parameters, "instrument_name"));
    const auto depth = static_cast<std::size_t>(
        std::clamp<std::int64_t>(Number(parameters, "depth").value_or(20), 1, 10'000)
    );
    std::optional<std::string> book;
    if (feed_ == nullptr) {
        book = co_await source_.replay()->Snapshot(name, depth);
    } else if (const std::uint32_t symbol = feed_->IndexOf(name);
               symbol < feed_->instruments().size()) {
        book = feed_->Book(symbol, depth);
    }
    if (!book) co_return Error(11051, "system_maintenance");
    co_return Answer{*book};
}

// (sequence or time, row), oldest first.
std::vector<std::pair<std::int64_t, std::string>> Methods::TradesOf(
    std::string_view name, bool by_time
) const {
    std::vector<std::pair<std::int64_t, std::string>> rows;
    if (feed_ != nullptr) {
        const std::uint32_t symbol = feed_->IndexOf(name);
        if (symbol == feed_->instruments().size()) return rows;
        for (const TradeTick& trade : source_.market()->symbols()[symbol].trades) {
            const std::int64_t key = by_time ? trade.time_ms : MarketFeed::SequenceOf(trade);
            rows.emplace_back(key, feed_->Trade(symbol, trade));
        }
        return rows;
    }
    const auto& items = source_.replay()->recording().items;
    for (std::size_t i = 0; i < source_.replay()->position(); ++i) {
        const Frame frame = items[i].frame.view();
        if (frame.kind != FrameKind::kTrade || frame.symbol != name) continue;
        const std::string_view data = FindValue(FindValue(frame.payload(), "params"), "data");
        ForEachElement(data, [&](std::string_view row) {
            const auto key = FindInteger(row, by_time ? "timestamp" : "trade_seq");
            if (key) rows.emplace_back(*key, row);
        });
    }
    return rows;
}

// Newest first unless asked otherwise; with a beginning given, from there on.
Methods::Answer Methods::Trades(std::string_view method, const HttpRequest& parameters) const {
    const bool by_time = method.ends_with("_and_time") || Number(parameters, "start_timestamp");
    const auto from = Number(parameters, by_time ? "start_timestamp" : "start_seq");
    const auto to = Number(parameters, by_time ? "end_timestamp" : "end_seq");
    const auto count = static_cast<std::size_t>(
        std::clamp<std::int64_t>(Number(parameters, "count").value_or(10), 1, 1000)
    );
    auto rows = TradesOf(Text(parameters, "instrument_name"), by_time);
    std::erase_if(rows, [&](const auto& row) {
        return row.first < from.value_or(row.first) || row.first > to.value_or(row.first);
    });
    const bool more = rows.size() > count;
    if (more && from) {
        rows.resize(count);
    } else if (more) {
        rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(count));
    }
    const std::string_view sorting = Text(parameters, "sorting");
    if (sorting == "desc" || (sorting.empty() && !from)) std::ranges::reverse(rows);
    std::string trades;
    for (const auto& [key, row] : rows) trades += Concat(trades.empty() ? "" : ",", row);
    return {Concat("{\"trades\":[", trades, "],\"has_more\":", more ? "true" : "false", "}")};
}

Methods::Answer Methods::Chart(const HttpRequest& parameters) const {
    const std::int64_t bar = BarMillis(Text(parameters, "resolution"));
    const auto start = Number(parameters, "start_timestamp");
    const auto end = Number(parameters, "end_timestamp");
    if (bar == 0 || !start || !end) return Error(kInvalidParams, "Invalid params");
    const std::uint32_t symbol =
        feed_ == nullptr ? 0 : feed_->IndexOf(Text(parameters, "instrument_name"));
    JsonWriter columns[7];
    constexpr const char* kNames[] = {"ticks", "open", "high", "low", "close", "volume", "cost"};
    for (JsonWriter& column : columns) column.Open('[');
    bool any = false;
    if (feed_ != nullptr && symbol < feed_->instruments().size()) {
        const auto& base = source_.market()->symbols()[symbol].base_of(bar);
        const std::int64_t last = std::min(*end, base.candles().back().open_ms);
        std::int64_t open = IntervalStart(std::max(*start, base.candles().front().open_ms), bar);
        for (; open <= last; open += bar) {
            if (open < *start) continue;
            const Candle candle = base.Fold(open, bar);
            const MarketFeed::Volumes volumes = feed_->VolumesOf(symbol, candle);
            columns[0].Integer(open);
            columns[1].Number(candle.open);
            columns[2].Number(candle.high);
            columns[3].Number(candle.low);
            columns[4].Number(candle.close);
            columns[5].Number(volumes.base);
            columns[6].Number(volumes.counter);
            any = true;
        }
    }
    JsonWriter json;
    json.Open('{');
    for (int i = 0; i < 7; ++i) json.Key(kNames[i]).Raw(columns[i].Close(']').text());
    json.Text("status", any ? "ok" : "no_data").Close('}');
    return {json.text()};
}

// Hourly rows.
Methods::Answer Methods::Funding(const HttpRequest& parameters) const {
    const auto start = Number(parameters, "start_timestamp");
    const auto end = Number(parameters, "end_timestamp");
    if (!start || !end) return Error(kInvalidParams, "Invalid params");
    const std::uint32_t symbol =
        feed_ == nullptr ? 0 : feed_->IndexOf(Text(parameters, "instrument_name"));
    constexpr std::size_t kMost = 744;
    JsonWriter json;
    json.Open('[');
    const std::int64_t last = std::min(*end, WallMillis());
    std::int64_t time = (*start + kHour - 1) / kHour * kHour;
    const bool known = feed_ != nullptr && symbol < feed_->instruments().size();
    for (std::size_t i = 0; known && time <= last && i < kMost; ++i, time += kHour) {
        const std::int64_t rate = 1000 + time / kHour % 100 * 7;
        const std::int64_t price = source_.market()->symbols()[symbol].spec.price_e8;
        json.Open('{').Integer("timestamp", time).Number("interest_1h", rate);
        json.Number("interest_8h", 8 * rate).Number("index_price", price);
        json.Number("prev_index_price", price).Close('}');
    }
    json.Close(']');
    return {json.text()};
}

Methods::Answer Methods::Ticker(const HttpRequest& parameters) const {
    if (feed_ == nullptr) return Error(11051, "system_maintenance");
    const std::uint32_t symbol = feed_->IndexOf(Text(parameters, "instrument_name"));
    if (symbol == feed_->instruments().size()) return Error(11051, "system_maintenance");
    return {feed_->Ticker(symbol, WallMillis())};
}

Methods::Answer Methods::Summary(const HttpRequest& parameters) const {
    const std::string_view currency = Text(parameters, "currency");
    const std::string_view kind = Text(parameters, "kind");
    JsonWriter json;
    json.Open('[');
    for (std::uint32_t i = 0; feed_ != nullptr && i < feed_->instruments().size(); ++i) {
        const Instrument& instrument = feed_->instruments()[i];
        if (currency != instrument.base && currency != instrument.counter) continue;
        if (!kind.empty() && kind != instrument.kind) continue;
        const std::string ticker = feed_->Ticker(i, WallMillis());
        json.Open('{').Text("instrument_name", instrument.symbol);
        for (const char* key : {"open_interest", "mark_price", "current_funding", "funding_8h"}) {
            if (const auto value = FindValue(ticker, key); !value.empty()) json.Key(key).Raw(value);
        }
        json.Integer("creation_timestamp", WallMillis()).Close('}');
    }
    json.Close(']');
    return {json.text()};
}

}  // namespace mp::sim::deribit
