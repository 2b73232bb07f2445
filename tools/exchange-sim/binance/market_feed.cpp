#include "exchange-sim/binance/market_feed.hpp"

#include <array>

#include "exchange-sim/binance/stream_name.hpp"
#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

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

MarketFeed::MarketFeed(const Market& market, Hub& hub, FeedForm form, Wanted wanted, Out out)
    : market_(market),
      hub_(hub),
      form_(std::move(form)),
      wanted_(std::move(wanted)),
      out_(std::move(out)) {
    for (const std::string& symbol : form_.symbols) names_.push_back(NamesOf(symbol));
}

MarketFeed::Names MarketFeed::NamesOf(const std::string& symbol) {
    Names names;
    names.symbol = symbol;
    names.key = form_.prefix + symbol;
    const auto stream = [&](std::string_view channel) {
        const std::uint32_t number =
            hub_.StreamOf(Concat(form_.prefix, Lower(symbol), "@", channel));
        hub_.SetSymbol(number, names.key);
        return number;
    };
    names.trade = stream("trade");
    names.agg_trade = stream("aggTrade");
    names.depth = stream("depth");
    names.depth_100ms = stream("depth@100ms");
    names.book_ticker = stream("bookTicker");
    names.ticker = stream("ticker");
    names.mini_ticker = stream("miniTicker");
    for (const std::string_view interval : kIntervalNames) {
        names.klines[IntervalMillis(interval)] = {
            std::string(interval), stream(Concat("kline_", interval))};
    }
    if (!spot()) {
        names.mark_price = stream("markPrice@1s");
        names.force_order = stream("forceOrder");
        return names;
    }
    for (const int levels : {5, 10, 20}) {
        names.partial[{levels, false}] = stream(Concat("depth", levels));
        names.partial[{levels, true}] = stream(Concat("depth", levels, "@100ms"));
    }
    return names;
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
    json.Open('{').Integer("lastUpdateId", UpdateId(symbol.book.update_id()));
    if (!spot()) json.Integer("E", WallMillis()).Integer("T", market_.now_ms());
    WriteLevels(json, "bids", symbol, symbol.book.Top(BookSide::kBid, limit));
    WriteLevels(json, "asks", symbol, symbol.book.Top(BookSide::kAsk, limit));
    return json.Close('}').text();
}

void MarketFeed::OnTrade(const MarketEvent& event, const TradeTick& trade) {
    if (!Begin(event, names_[event.symbol].trade, FrameKind::kTrade)) return;
    identity_.Integer("t", trade.id);
    BeginEvent("trade", event);
    json_.Integer("t", trade.id).Padded("p", trade.price).Padded("q", trade.quantity);
    json_.Integer("T", trade.time_ms).Flag("m", trade.taker_sells);
    spot() ? json_.Flag("M", true) : json_.Text("X", "MARKET");
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
    json_.Flag("m", trade.taker_sells);
    spot() ? json_.Flag("M", true) : json_.Padded("nq", trade.quantity);
    Send();
}

void MarketFeed::OnQuote(const MarketEvent& event, const BestQuote& quote) {
    if (!Begin(event, names_[event.symbol].book_ticker, FrameKind::kBbo)) return;
    identity_.Integer("u", UpdateId(quote.update_id));
    if (spot()) {
        json_.Text("s", names_[event.symbol].symbol);
    } else {
        BeginEvent("bookTicker", event);
        json_.Integer("T", event.time_ms);
    }
    json_.Integer("u", UpdateId(quote.update_id)).Padded("b", quote.bid);
    json_.Padded("B", quote.bid_quantity).Padded("a", quote.ask).Padded("A", quote.ask_quantity);
    Send();
}

void MarketFeed::OnDepth(const MarketEvent& event, const DepthChange& change) {
    const Names& names = names_[event.symbol];
    const std::uint32_t stream = change.fast ? names.depth_100ms : names.depth;
    if (!Begin(event, stream, FrameKind::kBookDelta)) return;
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    const std::int64_t first = UpdateId(change.delta.first_id);
    const std::int64_t last = UpdateId(change.delta.last_id);
    identity_.Integer("U", first).Integer("u", last);
    BeginEvent("depthUpdate", event);
    if (!spot()) json_.Integer("T", event.time_ms);
    json_.Integer("U", first).Integer("u", last);
    if (!spot()) json_.Integer("pu", UpdateId(change.delta.first_id - 1));
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
    if (!spot()) {
        WriteMarkPrice(event);
        if ((event.time_ms / 1000 + event.symbol) % 7 == 0) WriteForceOrder(event);
    }
    const Names& names = names_[event.symbol];
    if (!Begin(event, names.ticker, FrameKind::kTicker)) return;
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    identity_.Integer("E", event.time_ms);
    BeginEvent("24hrTicker", event);
    const Candle day = RollingDay(symbol, event.time_ms);
    WriteDay(event, day);
    json_.Padded("Q", symbol.trades.empty() ? 0 : symbol.trades.back().quantity);
    if (spot()) {
        const BestQuote best = symbol.best();
        json_.Padded("x", day.open).Padded("b", best.bid).Padded("B", best.bid_quantity);
        json_.Padded("a", best.ask).Padded("A", best.ask_quantity);
    }
    Send();
}

void MarketFeed::WriteDay(const MarketEvent& event, const Candle& day) {
    json_.Padded("p", day.close - day.open);
    const std::int64_t percent = day.open == 0 ? 0 : (day.close - day.open) * 100'000 / day.open;
    std::string change(percent < 0 ? "-" : "");
    const std::int64_t magnitude = percent < 0 ? -percent : percent;
    change +=
        Concat(magnitude / 1000, ".", magnitude / 100 % 10, magnitude / 10 % 10, magnitude % 10);
    json_.Text("P", change);
    const Int128 weighted =
        day.volume == 0 ? 0 : static_cast<Int128>(day.quote_volume) * kE8 / day.volume;
    const bool in_contracts = form_.contracts_e8[event.symbol] != 0;
    json_.Padded("w", in_contracts ? day.close : static_cast<std::int64_t>(weighted));
    json_.Padded("c", day.close).Padded("o", day.open).Padded("h", day.high).Padded("l", day.low);
    json_.Padded("v", day.volume).Padded("q", Turnover(event.symbol, day.quote_volume));
    json_.Integer("O", event.time_ms - 86'400'000).Integer("C", event.time_ms);
    json_.Integer("F", day.first_id).Integer("L", day.last_id).Integer("n", day.trades);
}

std::int64_t MarketFeed::Turnover(std::uint32_t symbol, std::int64_t quote_volume) const {
    const std::int64_t contract = form_.contracts_e8[symbol];
    return contract == 0 ? quote_volume : MultiplyE8(quote_volume, contract);
}

void MarketFeed::WriteMarkPrice(const MarketEvent& event) {
    if (!Begin(event, names_[event.symbol].mark_price, FrameKind::kMarkPrice)) return;
    constexpr std::int64_t kFundingMillis = 8 * 3600 * 1000;
    const BestQuote best = market_.symbols()[event.symbol].best();
    identity_.Integer("E", event.time_ms);
    BeginEvent("markPriceUpdate", event);
    json_.Padded("p", (best.bid + best.ask) / 2).Padded("i", best.bid).Padded("P", best.ask);
    json_.Padded("r", 10'000 + event.time_ms / kFundingMillis % 100 * 37);
    json_.Integer("T", (event.time_ms / kFundingMillis + 1) * kFundingMillis);
    Send();
}

void MarketFeed::WriteForceOrder(const MarketEvent& event) {
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    if (symbol.trades.empty()) return;
    if (!Begin(event, names_[event.symbol].force_order, FrameKind::kLiquidation)) return;
    const TradeTick& trade = symbol.trades.back();
    identity_.Integer("E", event.time_ms);
    json_.Text("e", "forceOrder").Integer("E", event.time_ms).Key("o").Open('{');
    json_.Text("s", names_[event.symbol].symbol).Text("S", trade.taker_sells ? "SELL" : "BUY");
    json_.Text("o", "LIMIT").Text("f", "IOC").Padded("q", trade.quantity).Padded("p", trade.price);
    json_.Padded("ap", trade.price).Text("X", "FILLED").Padded("l", trade.quantity);
    json_.Padded("z", trade.quantity).Integer("T", event.time_ms).Close('}');
    Send();
}

void MarketFeed::WriteMiniTicker(const MarketEvent& event) {
    if (!Begin(event, names_[event.symbol].mini_ticker, FrameKind::kTicker)) return;
    const Candle day = RollingDay(market_.symbols()[event.symbol], event.time_ms);
    identity_.Integer("E", event.time_ms);
    BeginEvent("24hrMiniTicker", event);
    json_.Padded("c", day.close).Padded("o", day.open).Padded("h", day.high).Padded("l", day.low);
    json_.Padded("v", day.volume).Padded("q", Turnover(event.symbol, day.quote_volume));
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
    json_.Integer("n", candle.trades).Flag("x", moment.closed);
    json_.Padded("q", Turnover(event.symbol, candle.quote_volume));
    json_.Padded("V", candle.taker_volume);
    json_.Padded("Q", Turnover(event.symbol, candle.taker_quote_volume)).Text("B", "0");
    json_.Close('}');
    Send();
}

bool MarketFeed::Begin(const MarketEvent& event, std::uint32_t stream, FrameKind kind) {
    if (!wanted_(stream)) return false;
    frame_ = {};
    frame_.stream = stream;
    frame_.kind = kind;
    frame_.stream_name = hub_.Name(stream);
    frame_.symbol = names_[event.symbol].key;
    json_.Clear();
    json_.Open('{').Text("stream", frame_.stream_name.substr(form_.prefix.size())).Key("data");
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
