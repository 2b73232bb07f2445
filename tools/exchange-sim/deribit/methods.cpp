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
        const auto rows = instruments_.Render(parameters.Text("currency"), parameters.Text("kind"));
        co_return Answer{Concat("[", rows, "]")};
    }
    if (method == "public/get_book_summary_by_currency") co_return Summary(parameters);
    const std::string_view name = parameters.Text("instrument_name");
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
    const std::string name(parameters.Text("instrument_name"));
    const auto book = co_await Book(name, parameters.Count("depth", 20, 10'000));
    if (!book) co_return Error(11051, "system_maintenance");
    co_return Answer{*book};
}

// (sequence or time, row), oldest first.
std::vector<std::pair<std::int64_t, std::string>> Methods::TradesOf(
    std::string_view name, bool by_time
) const {
    std::vector<std::pair<std::int64_t, std::string>> rows;
    if (feed_ != nullptr) {
        const auto symbol = SymbolOf(name);
        if (!symbol) return rows;
        for (const TradeTick& trade : StateOf(*symbol).trades) {
            const std::int64_t key = by_time ? trade.time_ms : MarketFeed::SequenceOf(trade);
            rows.emplace_back(key, feed_->Trade(*symbol, trade));
        }
        return rows;
    }
    for (const Frame& frame : source_.replay()->Sent(FrameKind::kTrade, name)) {
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
    const bool by_time = method.ends_with("_and_time") || parameters.Number("start_timestamp");
    const auto from = parameters.Number(by_time ? "start_timestamp" : "start_seq");
    const auto to = parameters.Number(by_time ? "end_timestamp" : "end_seq");
    const std::size_t count = parameters.Count("count", 10, 1000);
    auto rows = TradesOf(parameters.Text("instrument_name"), by_time);
    std::erase_if(rows, [&](const auto& row) {
        return row.first < from.value_or(row.first) || row.first > to.value_or(row.first);
    });
    const bool more = rows.size() > count;
    if (more && from) {
        rows.resize(count);
    } else if (more) {
        rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(count));
    }
    const std::string_view sorting = parameters.Text("sorting");
    if (sorting == "desc" || (sorting.empty() && !from)) std::ranges::reverse(rows);
    std::string trades;
    for (const auto& [key, row] : rows) trades += Concat(trades.empty() ? "" : ",", row);
    return {Concat("{\"trades\":[", trades, "],\"has_more\":", more ? "true" : "false", "}")};
}

Methods::Answer Methods::Chart(const HttpRequest& parameters) const {
    const std::int64_t bar = BarMillis(parameters.Text("resolution"));
    const auto start = parameters.Number("start_timestamp");
    const auto end = parameters.Number("end_timestamp");
    if (bar == 0 || !start || !end) return Error(kInvalidParams, "Invalid params");
    const auto symbol = SymbolOf(parameters.Text("instrument_name"));
    JsonWriter columns[7];
    constexpr const char* kNames[] = {"ticks", "open", "high", "low", "close", "volume", "cost"};
    for (JsonWriter& column : columns) column.Open('[');
    bool any = false;
    if (symbol) {
        const auto& base = StateOf(*symbol).base_of(bar);
        const std::int64_t last = std::min(*end, base.candles().back().open_ms);
        std::int64_t open = IntervalStart(std::max(*start, base.candles().front().open_ms), bar);
        for (; open <= last; open += bar) {
            if (open < *start) continue;
            const Candle candle = base.Fold(open, bar);
            const MarketFeed::Volumes volumes = feed_->VolumesOf(*symbol, candle);
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
    const auto start = parameters.Number("start_timestamp");
    const auto end = parameters.Number("end_timestamp");
    if (!start || !end) return Error(kInvalidParams, "Invalid params");
    const auto symbol = SymbolOf(parameters.Text("instrument_name"));
    constexpr std::size_t kMost = 744;
    JsonWriter json;
    json.Open('[');
    const std::int64_t last = std::min(*end, WallMillis());
    std::int64_t time = (*start + kHour - 1) / kHour * kHour;
    for (std::size_t i = 0; symbol && time <= last && i < kMost; ++i, time += kHour) {
        const std::int64_t rate = 1000 + time / kHour % 100 * 7;
        const std::int64_t price = StateOf(*symbol).spec.price_e8;
        json.Open('{').Integer("timestamp", time).Number("interest_1h", rate);
        json.Number("interest_8h", 8 * rate).Number("index_price", price);
        json.Number("prev_index_price", price).Close('}');
    }
    json.Close(']');
    return {json.text()};
}

Methods::Answer Methods::Ticker(const HttpRequest& parameters) const {
    const auto symbol = SymbolOf(parameters.Text("instrument_name"));
    if (!symbol) return Error(11051, "system_maintenance");
    return {feed_->Ticker(*symbol, WallMillis())};
}

Methods::Answer Methods::Summary(const HttpRequest& parameters) const {
    const std::string_view currency = parameters.Text("currency");
    const std::string_view kind = parameters.Text("kind");
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
