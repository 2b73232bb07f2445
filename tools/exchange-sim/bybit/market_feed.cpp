#include "exchange-sim/bybit/market_feed.hpp"

#include <algorithm>

#include "exchange-sim/bybit/topic.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::bybit {
namespace {

constexpr std::int64_t kFundingPeriod = 8 * 3600 * 1000;
constexpr std::int64_t kFirstUpdate = 60'000'000;

std::string Plainly(std::int64_t value_e8) {
    std::string text;
    AppendPlainE8(text, value_e8);
    return text;
}

constexpr auto kWriteLevel = [](JsonWriter& json, auto price, auto quantity, const auto&...) {
    json.Open('[').Decimal(price).Decimal(quantity).Close(']');
};

}  // namespace

MarketFeed::MarketFeed(
    const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
)
    : StreamFeed(market, hub, KeysOf(instruments), std::move(wanted), std::move(out)),
      instruments_(std::move(instruments)) {
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
        const Instrument& instrument = instruments_[i];
        const auto name = [&](std::string_view kind) {
            return Qualified(instrument.category, Concat(kind, ".", instrument.symbol));
        };
        const auto stream = [&](std::string_view kind) { return AddStream(i, name(kind)); };
        Names names;
        names.quote = stream("orderbook.1");
        names.trades = stream("publicTrade");
        names.ticker = stream("tickers");
        names.liquidations = stream("allLiquidation");
        names.quote_update = kFirstUpdate;
        tickers_[names.ticker] = i;
        for (const std::size_t depth : {200u, 50u, 1000u}) {
            counts_[AddBook(i, name(Concat("orderbook.", depth)), depth)] = {kFirstUpdate};
        }
        for (const char* bar : {"1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D"}) {
            names.klines[BarMillis(bar)] = {bar, stream(Concat("kline.", bar))};
        }
        names_.push_back(std::move(names));
    }
}

std::vector<std::uint32_t> MarketFeed::PrimaryStreams(bool) const {
    std::vector<std::uint32_t> streams;
    for (std::uint32_t i = 0; i < size(); ++i) {
        const Names& names = names_[i];
        streams.push_back(names.trades);
        streams.push_back(books(i).front().stream);
        streams.push_back(names.quote);
        streams.push_back(names.ticker);
        streams.push_back(names.klines.at(60'000).second);
    }
    return streams;
}

std::int64_t MarketFeed::SequenceOf(std::uint32_t symbol) const {
    return static_cast<std::int64_t>(market(symbol).book.update_id());
}

// A number on spot; of contracts it looks like a UUID.
std::string MarketFeed::TradeId(std::uint32_t symbol, std::int64_t id) const {
    if (instruments_[symbol].category == "spot") return Concat("22800000", id);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::uint64_t mixed = (static_cast<std::uint64_t>(id) << 8 | symbol) * 0x9E3779B97F4A7C15u;
    std::string out;
    for (int i = 0; i < 32; ++i) {
        if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
        if (i == 16) mixed = static_cast<std::uint64_t>(id) * 0xBF58476D1CE4E5B9u + symbol;
        out += kDigits[mixed >> 60];
        mixed <<= 4;
    }
    return out;
}

void MarketFeed::OnTrade(const MarketEvent& event, const TradeTick& trade) {
    const std::uint32_t stream = names_[event.symbol].trades;
    if (!wanted(stream)) return;
    Open(event.symbol, stream, FrameKind::kTrade, "snapshot", event.time_ms);
    const std::string id = TradeId(event.symbol, trade.id);
    json().Key("data").Open('[').Open('{').Integer("T", trade.time_ms);
    json().Text("s", instruments_[event.symbol].symbol);
    json().Text("S", trade.taker_sells ? "Sell" : "Buy").Decimal("v", trade.quantity);
    json().Decimal("p", trade.price).Text("L", trade.taker_sells ? "MinusTick" : "PlusTick");
    json().Text("i", id).Key("BT").Raw("false").Key("RPI").Raw("false");
    json().Integer("seq", trade.id).Close('}').Close(']').Close('}');
    Send(Concat("\"i\":\"", id, "\""));
}

void MarketFeed::OnQuote(const MarketEvent& event, const BestQuote& quote) {
    Names& names = names_[event.symbol];
    if (!wanted(names.quote)) return;
    ++names.quote_update;
    Open(event.symbol, names.quote, FrameKind::kBbo, "snapshot", event.time_ms);
    json().Key("data").Open('{').Text("s", instruments_[event.symbol].symbol).Key("b").Open('[');
    kWriteLevel(json(), quote.bid, quote.bid_quantity);
    json().Close(']').Key("a").Open('[');
    kWriteLevel(json(), quote.ask, quote.ask_quantity);
    json().Close(']').Integer("u", names.quote_update);
    json().Integer("seq", static_cast<std::int64_t>(quote.update_id)).Close('}');
    json().Integer("cts", event.time_ms).Close('}');
    Send(Concat("\"u\":", names.quote_update));
}

template <typename Level>
void MarketFeed::WriteSides(
    const BookStream& book,
    const std::vector<Level>& bids,
    const std::vector<Level>& asks,
    std::int64_t time_ms,
    const Out& out
) {
    const std::int64_t update = counts_.at(book.stream).update;
    const Market::Symbol& state = market(book.symbol);
    json().Key("data").Open('{').Text("s", instruments_[book.symbol].symbol);
    WriteSide(json(), "b", state, bids, kWriteLevel);
    WriteSide(json(), "a", state, asks, kWriteLevel);
    json().Integer("u", update).Integer("seq", SequenceOf(book.symbol)).Close('}');
    json().Integer("cts", time_ms).Close('}');
    Send(out, Concat("\"u\":", update));
}

void MarketFeed::WriteChange(
    const BookStream& book, const BookWindow::Step& step, std::int64_t time_ms
) {
    Count& count = counts_.at(book.stream);
    if (count.restarted) {
        count = {1};
        return WriteBook(book, time_ms, out());
    }
    ++count.update;
    Open(book.symbol, book.stream, FrameKind::kBookDelta, "delta", time_ms);
    WriteSides(book, step.bids, step.asks, time_ms, out());
}

void MarketFeed::WriteBook(const BookStream& book, std::int64_t time_ms, const Out& out) {
    Open(book.symbol, book.stream, FrameKind::kBookSnapshot, "snapshot", time_ms);
    WriteSides(book, book.window.bids(), book.window.asks(), time_ms, out);
}

void MarketFeed::Skip(BookStream& book) {
    const std::uint64_t before = book.window.last();
    StreamFeed::Skip(book);
    counts_.at(book.stream).update += static_cast<std::int64_t>(book.window.last() - before);
}

void MarketFeed::Snapshot(std::uint32_t stream, const Out& out) {
    const auto ticker = tickers_.find(stream);
    if (ticker == tickers_.end()) return StreamFeed::Snapshot(stream, out);
    const std::int64_t now = WallMillis();
    WriteTicker(ticker->second, FiguresOf(ticker->second, now), true, now, out);
}

void MarketFeed::RestartIds(std::uint32_t stream) {
    const auto count = counts_.find(stream);
    if (count != counts_.end()) count->second.restarted = true;
}

std::string MarketFeed::Book(std::uint32_t symbol, std::size_t depth) const {
    const Market::Symbol& state = market(symbol);
    const auto& deepest = books(symbol).back();
    JsonWriter json;
    json.Open('{').Text("s", instruments_[symbol].symbol);
    const auto top = [depth](const std::vector<BookLevel>& side) {
        return std::vector(
            side.begin(), side.begin() + static_cast<std::ptrdiff_t>(std::min(depth, side.size()))
        );
    };
    WriteSide(json, "b", state, top(deepest.window.bids()), kWriteLevel);
    WriteSide(json, "a", state, top(deepest.window.asks()), kWriteLevel);
    json.Integer("ts", WallMillis()).Integer("u", counts_.at(deepest.stream).update);
    json.Integer("seq", SequenceOf(symbol)).Integer("cts", WallMillis()).Close('}');
    return json.text();
}

MarketFeed::Figures MarketFeed::FiguresOf(std::uint32_t symbol, std::int64_t time_ms) const {
    const Market::Symbol& state = market(symbol);
    const Candle day = RollingDay(state, time_ms);
    const BestQuote best = state.best();
    Figures figures{
        {"symbol", instruments_[symbol].symbol},
        {"lastPrice", Plainly(day.close)},
        {"prevPrice24h", Plainly(day.open)},
        {"highPrice24h", Plainly(day.high)},
        {"lowPrice24h", Plainly(day.low)},
        {"volume24h", Plainly(day.volume)},
        {"turnover24h", Plainly(day.quote_volume)}};
    if (instruments_[symbol].category == "spot") return figures;
    const std::int64_t mark = (best.bid + best.ask) / 2;
    const std::int64_t interest = (50'000 + state.next_trade_id % 1000) * kE8;
    const std::int64_t next = (time_ms / kFundingPeriod + 1) * kFundingPeriod;
    const Figures more{
        {"markPrice", Plainly(mark)},
        {"indexPrice", Plainly(best.bid)},
        {"openInterest", Plainly(interest)},
        {"openInterestValue", Plainly(MultiplyE8(interest / 1000, mark) * 1000)},
        {"nextFundingTime", Concat(next)},
        {"fundingRate", Plainly(10'000 + time_ms / kFundingPeriod % 100 * 37)},
        {"bid1Price", Plainly(best.bid)},
        {"bid1Size", Plainly(best.bid_quantity)},
        {"ask1Price", Plainly(best.ask)},
        {"ask1Size", Plainly(best.ask_quantity)}};
    figures.insert(figures.end(), more.begin(), more.end());
    return figures;
}

std::string MarketFeed::Ticker(std::uint32_t symbol) const {
    JsonWriter json;
    json.Open('{');
    for (const auto& [key, value] : FiguresOf(symbol, WallMillis())) json.Text(key, value);
    json.Close('}');
    return json.text();
}

void MarketFeed::WriteTicker(
    std::uint32_t symbol, const Figures& figures, bool whole, std::int64_t time_ms, const Out& out
) {
    const std::uint32_t stream = names_[symbol].ticker;
    const FrameKind kind = FrameKind::kTicker;
    Open(symbol, stream, kind, whole ? "snapshot" : "delta", time_ms);
    json().Key("data").Open('{');
    for (const auto& [key, value] : figures) json().Text(key, value);
    json().Close('}').Integer("cs", SequenceOf(symbol)).Close('}');
    Send(out, Concat("\"ts\":", time_ms));
}

void MarketFeed::OnTicker(const MarketEvent& event) {
    Names& names = names_[event.symbol];
    if (wanted(names.ticker)) {
        Figures figures = FiguresOf(event.symbol, event.time_ms);
        const bool spot = instruments_[event.symbol].category == "spot";
        Figures changed;
        for (std::size_t i = 0; i < figures.size(); ++i) {
            const bool same = i < names.ticker_sent.size() && figures[i] == names.ticker_sent[i];
            if (spot || i == 0 || !same) changed.push_back(figures[i]);
        }
        WriteTicker(event.symbol, changed, spot, event.time_ms, out());
        names.ticker_sent = std::move(figures);
    }
    const std::int64_t second = event.time_ms / 1000;
    if (instruments_[event.symbol].category != "spot" && (second + event.symbol) % 7 == 0) {
        WriteLiquidation(event);
    }
}

// The position that is closed, not the order that closes it.
void MarketFeed::WriteLiquidation(const MarketEvent& event) {
    const Market::Symbol& state = market(event.symbol);
    const std::uint32_t stream = names_[event.symbol].liquidations;
    if (state.trades.empty() || !wanted(stream)) return;
    const TradeTick& trade = state.trades.back();
    Open(event.symbol, stream, FrameKind::kLiquidation, "snapshot", event.time_ms);
    json().Key("data").Open('[').Open('{').Integer("T", event.time_ms);
    json().Text("s", instruments_[event.symbol].symbol);
    json().Text("S", trade.taker_sells ? "Buy" : "Sell").Decimal("v", trade.quantity);
    json().Decimal("p", trade.price).Close('}').Close(']').Close('}');
    Send(Concat("\"T\":", event.time_ms));
}

void MarketFeed::OnCandle(const MarketEvent& event, const CandleMoment& moment) {
    const auto known = names_[event.symbol].klines.find(moment.interval_ms);
    if (known == names_[event.symbol].klines.end() || !wanted(known->second.second)) return;
    const Candle& candle = moment.candle;
    Open(event.symbol, known->second.second, FrameKind::kKline, "snapshot", event.time_ms);
    json().Key("data").Open('[').Open('{').Integer("start", candle.open_ms);
    json().Integer("end", candle.open_ms + moment.interval_ms - 1);
    json().Text("interval", known->second.first).Decimal("open", candle.open);
    json().Decimal("close", candle.close).Decimal("high", candle.high).Decimal("low", candle.low);
    json().Decimal("volume", candle.volume).Decimal("turnover", candle.quote_volume);
    json().Key("confirm").Raw(moment.closed ? "true" : "false");
    json().Integer("timestamp", event.time_ms).Close('}').Close(']').Close('}');
    Send(Concat("\"start\":", candle.open_ms, ",\"timestamp\":", event.time_ms));
}

void MarketFeed::Open(
    std::uint32_t symbol,
    std::uint32_t stream,
    FrameKind kind,
    std::string_view type,
    std::int64_t time_ms
) {
    Begin(symbol, stream, kind);
    json().Open('{').Text("topic", Plain(stream_name()));
    json().Text("type", type).Integer("ts", time_ms);
}

}  // namespace mp::sim::bybit
