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

}  // namespace

void AppendLevels(
    std::string& out, const Market::Symbol& symbol, const std::vector<BookLevel>& levels
) {
    out += '[';
    bool first = true;
    for (const auto& [price, quantity] : levels) {
        out += first ? "[\"" : ",[\"";
        first = false;
        AppendE8(out, symbol.price(price));
        out += "\",\"";
        AppendE8(out, symbol.quantity(quantity));
        out += "\"]";
    }
    out += ']';
}

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
    std::string out = Concat("{\"lastUpdateId\":", symbol.book.update_id(), ",\"bids\":");
    AppendLevels(out, symbol, symbol.book.Top(BookSide::kBid, limit));
    out += ",\"asks\":";
    AppendLevels(out, symbol, symbol.book.Top(BookSide::kAsk, limit));
    out += '}';
    return out;
}

void MarketFeed::Publish(const MarketEvent& event) {
    std::visit([&](const auto& change) { Write(event, change); }, event.change);
}

void MarketFeed::Write(const MarketEvent& event, const TradeTick& trade) {
    if (!Begin(event, names_[event.symbol].trade, FrameKind::kTrade)) return;
    IdentityInteger("t", trade.id);
    BeginEvent("trade", event);
    Integer("t", trade.id);
    Decimal("p", trade.price);
    Decimal("q", trade.quantity);
    Integer("T", trade.time_ms);
    Flag("m", trade.taker_sells);
    Flag("M", true);
    Send();
}

void MarketFeed::Write(const MarketEvent& event, const AggregateTrade& trade) {
    if (!Begin(event, names_[event.symbol].agg_trade, FrameKind::kTrade)) return;
    IdentityInteger("a", trade.id);
    BeginEvent("aggTrade", event);
    Integer("a", trade.id);
    Decimal("p", trade.price);
    Decimal("q", trade.quantity);
    Integer("f", trade.first_trade);
    Integer("l", trade.last_trade);
    Integer("T", trade.time_ms);
    Flag("m", trade.taker_sells);
    Flag("M", true);
    Send();
}

void MarketFeed::Write(const MarketEvent& event, const BestQuote& quote) {
    if (!Begin(event, names_[event.symbol].book_ticker, FrameKind::kBbo)) return;
    IdentityInteger("u", static_cast<std::int64_t>(quote.update_id));
    Integer("u", static_cast<std::int64_t>(quote.update_id));
    Text("s", names_[event.symbol].symbol);
    Decimal("b", quote.bid);
    Decimal("B", quote.bid_quantity);
    Decimal("a", quote.ask);
    Decimal("A", quote.ask_quantity);
    Send();
}

void MarketFeed::Write(const MarketEvent& event, const DepthChange& change) {
    const Names& names = names_[event.symbol];
    const std::uint32_t stream = change.fast ? names.depth_100ms : names.depth;
    if (!Begin(event, stream, FrameKind::kBookDelta)) return;
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    IdentityInteger("U", static_cast<std::int64_t>(change.delta.first_id));
    IdentityInteger("u", static_cast<std::int64_t>(change.delta.last_id));
    BeginEvent("depthUpdate", event);
    Integer("U", static_cast<std::int64_t>(change.delta.first_id));
    Integer("u", static_cast<std::int64_t>(change.delta.last_id));
    Key("b");
    AppendLevels(text_, symbol, change.delta.bids);
    Key("a");
    AppendLevels(text_, symbol, change.delta.asks);
    Send();
}

void MarketFeed::Write(const MarketEvent& event, const DepthTop& top) {
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    for (const auto& [form, stream] : names_[event.symbol].partial) {
        const auto [levels, fast] = form;
        if (fast != top.fast || !Begin(event, stream, FrameKind::kBookTop)) continue;
        const auto id = static_cast<std::int64_t>(symbol.book.update_id());
        IdentityInteger("lastUpdateId", id);
        Integer("lastUpdateId", id);
        Key("bids");
        AppendLevels(text_, symbol, symbol.book.Top(BookSide::kBid, levels));
        Key("asks");
        AppendLevels(text_, symbol, symbol.book.Top(BookSide::kAsk, levels));
        Send();
    }
}

void MarketFeed::Write(const MarketEvent& event, const TickerMoment&) {
    WriteMiniTicker(event);
    const Names& names = names_[event.symbol];
    if (!Begin(event, names.ticker, FrameKind::kTicker)) return;
    const Market::Symbol& symbol = market_.symbols()[event.symbol];
    const Candle day = RollingDay(symbol, event.time_ms);
    const BestQuote best = symbol.best();
    IdentityInteger("E", event.time_ms);
    BeginEvent("24hrTicker", event);
    Decimal("p", day.close - day.open);
    const std::int64_t percent = day.open == 0 ? 0 : (day.close - day.open) * 100'000 / day.open;
    std::string change(percent < 0 ? "-" : "");
    const std::int64_t magnitude = percent < 0 ? -percent : percent;
    change +=
        Concat(magnitude / 1000, ".", magnitude / 100 % 10, magnitude / 10 % 10, magnitude % 10);
    Text("P", change);
    const Int128 weighted =
        day.volume == 0 ? 0 : static_cast<Int128>(day.quote_volume) * kE8 / day.volume;
    Decimal("w", static_cast<std::int64_t>(weighted));
    Decimal("x", day.open);
    Decimal("c", day.close);
    Decimal("Q", symbol.trades.empty() ? 0 : symbol.trades.back().quantity);
    Decimal("b", best.bid);
    Decimal("B", best.bid_quantity);
    Decimal("a", best.ask);
    Decimal("A", best.ask_quantity);
    Decimal("o", day.open);
    Decimal("h", day.high);
    Decimal("l", day.low);
    Decimal("v", day.volume);
    Decimal("q", day.quote_volume);
    Integer("O", event.time_ms - 86'400'000);
    Integer("C", event.time_ms);
    Integer("F", day.first_id);
    Integer("L", day.last_id);
    Integer("n", day.trades);
    Send();
}

void MarketFeed::WriteMiniTicker(const MarketEvent& event) {
    if (!Begin(event, names_[event.symbol].mini_ticker, FrameKind::kTicker)) return;
    const Candle day = RollingDay(market_.symbols()[event.symbol], event.time_ms);
    IdentityInteger("E", event.time_ms);
    BeginEvent("24hrMiniTicker", event);
    Decimal("c", day.close);
    Decimal("o", day.open);
    Decimal("h", day.high);
    Decimal("l", day.low);
    Decimal("v", day.volume);
    Decimal("q", day.quote_volume);
    Send();
}

void MarketFeed::Write(const MarketEvent& event, const CandleMoment& moment) {
    const auto& [interval, stream] = names_[event.symbol].klines.at(moment.interval_ms);
    if (!Begin(event, stream, FrameKind::kKline)) return;
    const Candle& candle = moment.candle;
    IdentityInteger("k.t", candle.open_ms);
    IdentityInteger("E", event.time_ms);
    BeginEvent("kline", event);
    Key("k");
    text_ += '{';
    Integer("t", candle.open_ms);
    Integer("T", candle.open_ms + moment.interval_ms - 1);
    Text("s", names_[event.symbol].symbol);
    Text("i", interval);
    Integer("f", candle.first_id);
    Integer("L", candle.last_id);
    Decimal("o", candle.open);
    Decimal("c", candle.close);
    Decimal("h", candle.high);
    Decimal("l", candle.low);
    Decimal("v", candle.volume);
    Integer("n", candle.trades);
    Flag("x", moment.closed);
    Decimal("q", candle.quote_volume);
    Decimal("V", candle.taker_volume);
    Decimal("Q", candle.taker_quote_volume);
    Text("B", "0");
    text_ += '}';
    Send();
}

bool MarketFeed::Begin(const MarketEvent& event, std::uint32_t stream, FrameKind kind) {
    if (!wanted_(stream)) return false;
    frame_ = {};
    frame_.stream = stream;
    frame_.kind = kind;
    frame_.stream_name = hub_.Name(stream);
    frame_.symbol = names_[event.symbol].symbol;
    text_.assign("{\"stream\":\"");
    text_ += frame_.stream_name;
    text_ += "\",\"data\":";
    frame_.payload_begin = static_cast<std::uint32_t>(text_.size());
    text_ += '{';
    identity_.clear();
    return true;
}

void MarketFeed::BeginEvent(std::string_view name, const MarketEvent& event) {
    Text("e", name);
    Integer("E", event.time_ms);
    Text("s", names_[event.symbol].symbol);
}

void MarketFeed::Send() {
    text_ += "}}";
    frame_.wrapped = text_;
    frame_.payload_size = static_cast<std::uint32_t>(text_.size() - frame_.payload_begin - 1);
    frame_.identity = identity_;
    out_(frame_);
}

void MarketFeed::Key(std::string_view key) {
    if (text_.back() != '{') text_ += ',';
    text_ += '"';
    text_ += key;
    text_ += "\":";
}

void MarketFeed::Integer(std::string_view key, std::int64_t value) {
    Key(key);
    AppendInteger(text_, value);
}

void MarketFeed::Decimal(std::string_view key, std::int64_t value_e8) {
    Key(key);
    text_ += '"';
    AppendE8(text_, value_e8);
    text_ += '"';
}

void MarketFeed::Text(std::string_view key, std::string_view value) {
    Key(key);
    text_ += '"';
    text_ += value;
    text_ += '"';
}

void MarketFeed::Flag(std::string_view key, bool value) {
    Key(key);
    text_ += value ? "true" : "false";
}

void MarketFeed::IdentityInteger(std::string_view key, std::int64_t value) {
    if (!identity_.empty()) identity_ += ',';
    identity_ += '"';
    identity_ += key;
    identity_ += "\":";
    AppendInteger(identity_, value);
}

}  // namespace mp::sim::binance
