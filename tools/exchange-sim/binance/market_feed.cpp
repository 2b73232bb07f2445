#include "exchange-sim/binance/market_feed.hpp"

#include <array>

#include "exchange-sim/binance/stream_name.hpp"
#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::binance {
namespace {

constexpr std::array<std::string_view, 16> kIntervalNames{
    "1s",
    "1m",
    "3m",
    "5m",
    "15m",
    "30m",
    "1h",
    "2h",
    "4h",
    "6h",
    "8h",
    "12h",
    "1d",
    "3d",
    "1w",
    "1M"};

// [["price","quantity"],...]
void WriteLevels(
    JsonWriter& json,
    std::string_view key,
    const Market::Symbol& symbol,
    const std::vector<BookLevel>& levels
) {
    json.Key(key).Open('[');
    for (const auto& [price, quantity] : levels) {
        json.Open('[').Padded(symbol.price(price)).Padded(symbol.quantity(quantity)).Close(']');
    }
    json.Close(']');
}

}  // namespace

MarketFeed::MarketFeed(const Market& market, Hub& hub, Wanted wanted, Out out)
    : market_(market), hub_(hub), wanted_(std::move(wanted)), out_(std::move(out)) {
    for (const Market::Symbol& symbol : market.symbols()) {
        Names names;
        names.symbol = symbol.spec.base + symbol.spec.quote;
        const std::string lower = Lower(names.symbol);
        const auto stream = [&](std::string_view channel) {
            return hub_.StreamOf(Concat(lower, "@", channel));
        };
        names.trade = stream("trade");
        names.agg_trade = stream("aggTrade");
        names.depth = stream("depth");
        names.depth_100ms = stream("depth@100ms");
        names.book_ticker = stream("bookTicker");
        names.ticker = stream("ticker");
        names.mini_ticker = stream("miniTicker");
        for (const int levels : {5, 10, 20}) {
            names.partial[{levels, false}] = stream(Concat("depth", levels));
            names.partial[{levels, true}] = stream(Concat("depth", levels, "@100ms"));
        }
        for (const std::string_view interval : kIntervalNames) {
            names.klines[IntervalMillis(interval)] = {
                std::string(interval), stream(Concat("kline_", interval))};
        }
        names_.push_back(std::move(names));
    }
}

std::vector<std::uint32_t> MarketFeed::PrimaryStreams(bool aggregate_trades) const {
    std::vector<std::uint32_t> streams;
    for (const Names& names : names_) {
        streams.push_back(aggregate_trades ? names.agg_trade : names.trade);
        streams.push_back(names.depth_100ms);
        streams.push_back(names.book_ticker);
        streams.push_back(names.ticker);
        streams.push_back(names.klines.at(60'000).second);
    }
    return streams;
}

std::string MarketFeed::Depth(std::uint32_t index, std::size_t limit) const {
    const Market::Symbol& symbol = market_.symbols()[index];
    JsonWriter json;
    json.Open('{').Integer("lastUpdateId", static_cast<std::int64_t>(symbol.book.update_id()));
    WriteLevels(json, "bids", symbol, symbol.book.Top(BookSide::kBid, limit));
    WriteLevels(json, "asks", symbol, symbol.book.Top(BookSide::kAsk, limit));
    return json.Close('}').text();
}

void MarketFeed::OnTrade(const MarketEvent& event, const TradeTick& trade) {
    if (!Begin(event, names_[event.symbol].trade, FrameKind::kTrade)) return;
    identity_.Integer("t", trade.id);
    BeginEvent("trade", event);
    json_.Integer("t", trade.id).Padded("p", trade.price).Padded("q", trade.quantity);
    json_.Integer("T", trade.time_ms).Flag("m", trade.taker_sells).Flag("M", true);
    Send();
}

void MarketFeed::OnAggregate(const MarketEvent& event, const AggregateTrade& trade) {
    if (!Begin(event, names_[event.symbol].agg_trade, FrameKind::kTrade)) return;
    identity_.Integer("a", trade.id);
    BeginEvent("aggTrade", event);
    json_.Integer("a", trade.id).Padded("p", trade.price).Padded("q", trade.quantity);
    json_.Integer("f", trade.first_trade)
        .Integer("l", trade.last_trade)
        .Integer("T", trade.time_ms);
    json_.Flag("m", trade.taker_sells).Flag("M", true);
    Send();
}

void MarketFeed::OnQuote(const MarketEvent& event, const BestQuote& quote) {
    if (!Begin(event, names_[event.symbol].book_ticker, FrameKind::kBbo)) return;
    identity_.Integer("u", static_cast<std::int64_t>(quote.update_id));
    json_.Integer("u", static_cast<std::int64_t>(quote.update_id));
    json_.Text("s", names_[event.symbol].symbol).Padded("b", quote.bid);
    json_.Padded("B", quote.bid_quantity).Padded("a", quote.ask).Padded("A", quote.ask_quantity);
    Send();
}

void MarketFeed::OnDepth(const MarketEvent& event, const DepthChange& change) {
    const Names& names = names_[event.symbol];
    const std::uint32_t stream = change.fast ? names.depth_100ms : names.depth;
    if (!Begin(event, stream, FrameKind::kBookDelta)) return;
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    identity_.Integer("U", static_cast<std::int64_t>(change.delta.first_id));
    identity_.Integer("u", static_cast<std::int64_t>(change.delta.last_id));
    BeginEvent("depthUpdate", event);
    json_.Integer("U", static_cast<std::int64_t>(change.delta.first_id));
    json_.Integer("u", static_cast<std::int64_t>(change.delta.last_id));
    WriteLevels(json_, "b", symbol, change.delta.bids);
    WriteLevels(json_, "a", symbol, change.delta.asks);
    Send();
}

void MarketFeed::OnTop(const MarketEvent& event, const DepthTop& top) {
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    for (const auto& [form, stream] : names_[event.symbol].partial) {
        const auto [levels, fast] = form;
        if (fast != top.fast || !Begin(event, stream, FrameKind::kBookTop)) continue;
        const auto id = static_cast<std::int64_t>(symbol.book.update_id());
        identity_.Integer("lastUpdateId", id);
        json_.Integer("lastUpdateId", id);
        WriteLevels(json_, "bids", symbol, symbol.book.Top(BookSide::kBid, levels));
        WriteLevels(json_, "asks", symbol, symbol.book.Top(BookSide::kAsk, levels));
        Send();
    }
}

void MarketFeed::OnTicker(const MarketEvent& event) {
    WriteMiniTicker(event);
    const Names& names = names_[event.symbol];
    if (!Begin(event, names.ticker, FrameKind::kTicker)) return;
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    const Candle day = RollingDay(symbol, event.time_ms);
    const BestQuote best = symbol.best();
    identity_.Integer("E", event.time_ms);
    BeginEvent("24hrTicker", event);
    json_.Padded("p", day.close - day.open);
    const std::int64_t percent = day.open == 0 ? 0 : (day.close - day.open) * 100'000 / day.open;
    std::string change(percent < 0 ? "-" : "");
    const std::int64_t magnitude = percent < 0 ? -percent : percent;
    change +=
        Concat(magnitude / 1000, ".", magnitude / 100 % 10, magnitude / 10 % 10, magnitude % 10);
    json_.Text("P", change);
    const Int128 weighted =
        day.volume == 0 ? 0 : static_cast<Int128>(day.quote_volume) * kE8 / day.volume;
    json_.Padded("w", static_cast<std::int64_t>(weighted)).Padded("x", day.open);
    json_.Padded("c", day.close);
    json_.Padded("Q", symbol.trades.empty() ? 0 : symbol.trades.back().quantity);
    json_.Padded("b", best.bid).Padded("B", best.bid_quantity).Padded("a", best.ask);
    json_.Padded("A", best.ask_quantity).Padded("o", day.open).Padded("h", day.high);
    json_.Padded("l", day.low).Padded("v", day.volume).Padded("q", day.quote_volume);
    json_.Integer("O", event.time_ms - 86'400'000).Integer("C", event.time_ms);
    json_.Integer("F", day.first_id).Integer("L", day.last_id).Integer("n", day.trades);
    Send();
}

void MarketFeed::WriteMiniTicker(const MarketEvent& event) {
    if (!Begin(event, names_[event.symbol].mini_ticker, FrameKind::kTicker)) return;
    const Candle day = RollingDay(market_.symbols()[event.symbol], event.time_ms);
    identity_.Integer("E", event.time_ms);
    BeginEvent("24hrMiniTicker", event);
    json_.Padded("c", day.close).Padded("o", day.open).Padded("h", day.high).Padded("l", day.low);
    json_.Padded("v", day.volume).Padded("q", day.quote_volume);
    Send();
}

void MarketFeed::OnCandle(const MarketEvent& event, const CandleMoment& moment) {
    const auto& [interval, stream] = names_[event.symbol].klines.at(moment.interval_ms);
    if (!Begin(event, stream, FrameKind::kKline)) return;
    const Candle& candle = moment.candle;
    identity_.Integer("k.t", candle.open_ms);
    identity_.Integer("E", event.time_ms);
    BeginEvent("kline", event);
    json_.Key("k").Open('{');
    json_.Integer("t", candle.open_ms).Integer("T", candle.open_ms + moment.interval_ms - 1);
    json_.Text("s", names_[event.symbol].symbol).Text("i", interval).Integer("f", candle.first_id);
    json_.Integer("L", candle.last_id).Padded("o", candle.open).Padded("c", candle.close);
    json_.Padded("h", candle.high).Padded("l", candle.low).Padded("v", candle.volume);
    json_.Integer("n", candle.trades).Flag("x", moment.closed).Padded("q", candle.quote_volume);
    json_.Padded("V", candle.taker_volume).Padded("Q", candle.taker_quote_volume).Text("B", "0");
    json_.Close('}');
    Send();
}

bool MarketFeed::Begin(const MarketEvent& event, std::uint32_t stream, FrameKind kind) {
    if (!wanted_(stream)) return false;
    frame_ = {};
    frame_.stream = stream;
    frame_.kind = kind;
    frame_.stream_name = hub_.Name(stream);
    frame_.symbol = names_[event.symbol].symbol;
    json_.Clear();
    json_.Open('{').Text("stream", frame_.stream_name).Key("data");
    frame_.payload_begin = static_cast<std::uint32_t>(json_.text().size());
    json_.Open('{');
    identity_.Clear();
    return true;
}

void MarketFeed::BeginEvent(std::string_view name, const MarketEvent& event) {
    json_.Text("e", name).Integer("E", event.time_ms).Text("s", names_[event.symbol].symbol);
}

void MarketFeed::Send() {
    frame_.wrapped = json_.Close('}').Close('}').text();
    const std::size_t size = json_.text().size() - frame_.payload_begin - 1;
    frame_.payload_size = static_cast<std::uint32_t>(size);
    frame_.identity = identity_.text();
    out_(frame_);
}

}  // namespace mp::sim::binance
