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

std::vector<std::string> KeysOf(const std::vector<Instrument>& instruments) {
    std::vector<std::string> keys;
    keys.reserve(instruments.size());
    for (const Instrument& instrument : instruments) keys.push_back(instrument.key());
    return keys;
}

void WriteLevel(JsonWriter& json, std::int64_t price, std::int64_t quantity) {
    json.Open('[').Decimal(price).Decimal(quantity).Close(']');
}

}  // namespace

MarketFeed::MarketFeed(
    const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
)
    : market_(market),
      hub_(hub),
      instruments_(std::move(instruments)),
      keys_(KeysOf(instruments_)),
      wanted_(std::move(wanted)),
      out_(std::move(out)) {
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
        const Instrument& instrument = instruments_[i];
        const auto stream = [&](std::string_view kind) {
            const std::string topic = Concat(kind, ".", instrument.symbol);
            const std::uint32_t number = hub_.StreamOf(Qualified(instrument.category, topic));
            hub_.SetSymbol(number, keys_[i]);
            return number;
        };
        Names names;
        names.quote = stream("orderbook.1");
        names.trades = stream("publicTrade");
        names.ticker = stream("tickers");
        names.liquidations = stream("allLiquidation");
        names.quote_update = kFirstUpdate;
        tickers_[names.ticker] = i;
        for (const std::size_t depth : {200u, 50u, 1000u}) {
            const std::uint32_t number = stream(Concat("orderbook.", depth));
            books_[number] = {i, names.books.size()};
            names.books.push_back({number, depth, BookWindow(depth), kFirstUpdate, false});
            names.books.back().window.Reset(market_.symbols()[i].book);
        }
        for (const char* bar : {"1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D"}) {
            names.klines[BarMillis(bar)] = {bar, stream(Concat("kline.", bar))};
        }
        names_.push_back(std::move(names));
    }
}

std::vector<std::uint32_t> MarketFeed::PrimaryStreams(bool) const {
    std::vector<std::uint32_t> streams;
    for (const Names& names : names_) {
        streams.push_back(names.trades);
        streams.push_back(names.books.front().stream);
        streams.push_back(names.quote);
        streams.push_back(names.ticker);
        streams.push_back(names.klines.at(60'000).second);
    }
    return streams;
}

std::uint32_t MarketFeed::IndexOf(std::string_view key) const {
    return static_cast<std::uint32_t>(std::ranges::find(keys_, key) - keys_.begin());
}

std::int64_t MarketFeed::SequenceOf(std::uint32_t symbol) const {
    return static_cast<std::int64_t>(market_.symbols()[symbol].book.update_id());
}

void MarketFeed::Publish(const MarketEvent& event) {
    std::visit([&](const auto& change) { Write(event, change); }, event.change);
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

void MarketFeed::Write(const MarketEvent& event, const TradeTick& trade) {
    const std::uint32_t stream = names_[event.symbol].trades;
    if (!wanted_(stream)) return;
    Begin(event.symbol, stream, FrameKind::kTrade, "snapshot", event.time_ms);
    const std::string id = TradeId(event.symbol, trade.id);
    json_.Key("data").Open('[').Open('{').Integer("T", trade.time_ms);
    json_.Text("s", instruments_[event.symbol].symbol);
    json_.Text("S", trade.taker_sells ? "Sell" : "Buy").Decimal("v", trade.quantity);
    json_.Decimal("p", trade.price).Text("L", trade.taker_sells ? "MinusTick" : "PlusTick");
    json_.Text("i", id).Key("BT").Raw("false").Key("RPI").Raw("false");
    json_.Integer("seq", SequenceOf(event.symbol)).Close('}').Close(']').Close('}');
    Send(out_, Concat("\"i\":\"", id, "\""));
}

void MarketFeed::Write(const MarketEvent& event, const BestQuote& quote) {
    Names& names = names_[event.symbol];
    if (!wanted_(names.quote)) return;
    ++names.quote_update;
    Begin(event.symbol, names.quote, FrameKind::kBbo, "snapshot", event.time_ms);
    json_.Key("data").Open('{').Text("s", instruments_[event.symbol].symbol).Key("b").Open('[');
    WriteLevel(json_, quote.bid, quote.bid_quantity);
    json_.Close(']').Key("a").Open('[');
    WriteLevel(json_, quote.ask, quote.ask_quantity);
    json_.Close(']').Integer("u", names.quote_update);
    json_.Integer("seq", static_cast<std::int64_t>(quote.update_id)).Close('}');
    json_.Integer("cts", event.time_ms).Close('}');
    Send(out_, Concat("\"u\":", names.quote_update));
}

void MarketFeed::Write(const MarketEvent& event, const DepthChange& change) {
    if (!change.fast) return;
    for (BookStream& book : names_[event.symbol].books) {
        if (wanted_(book.stream)) PublishBook(event.symbol, book, event.time_ms);
    }
}

void MarketFeed::PublishBook(std::uint32_t symbol, BookStream& book, std::int64_t time_ms) {
    const Market::Symbol& state = market_.symbols()[symbol];
    if (!book.window.Advance(state.book, step_)) return;
    if (book.restarted) {
        book.restarted = false;
        book.update = 1;
        return WriteBook(symbol, book, time_ms, out_);
    }
    ++book.update;
    Begin(symbol, book.stream, FrameKind::kBookDelta, "delta", time_ms);
    json_.Key("data").Open('{').Text("s", instruments_[symbol].symbol);
    const auto side = [&](std::string_view name, const std::vector<BookWindow::Change>& changes) {
        json_.Key(name).Open('[');
        for (const BookWindow::Change& change : changes) {
            WriteLevel(json_, state.price(change.price), state.quantity(change.quantity));
        }
        json_.Close(']');
    };
    side("b", step_.bids);
    side("a", step_.asks);
    json_.Integer("u", book.update).Integer("seq", SequenceOf(symbol)).Close('}');
    json_.Integer("cts", time_ms).Close('}');
    Send(out_, Concat("\"u\":", book.update));
}

void MarketFeed::WriteBook(
    std::uint32_t symbol, BookStream& book, std::int64_t time_ms, const Out& out
) {
    const Market::Symbol& state = market_.symbols()[symbol];
    Begin(symbol, book.stream, FrameKind::kBookSnapshot, "snapshot", time_ms);
    json_.Key("data").Open('{').Text("s", instruments_[symbol].symbol);
    const auto side = [&](std::string_view name, const std::vector<BookLevel>& levels) {
        json_.Key(name).Open('[');
        for (const auto& [price, quantity] : levels) {
            WriteLevel(json_, state.price(price), state.quantity(quantity));
        }
        json_.Close(']');
    };
    side("b", book.window.bids());
    side("a", book.window.asks());
    json_.Integer("u", book.update).Integer("seq", SequenceOf(symbol)).Close('}');
    json_.Integer("cts", time_ms).Close('}');
    Send(out, Concat("\"u\":", book.update));
}

void MarketFeed::Snapshot(std::uint32_t stream, const Out& out) {
    if (const auto ticker = tickers_.find(stream); ticker != tickers_.end()) {
        const std::int64_t now = WallMillis();
        return WriteTicker(ticker->second, FiguresOf(ticker->second, now), true, now, out);
    }
    const auto known = books_.find(stream);
    if (known == books_.end()) return;
    const auto [symbol, which] = known->second;
    BookStream& book = names_[symbol].books[which];
    if (wanted_(stream)) {
        PublishBook(symbol, book, WallMillis());
    } else {
        // What nobody listened to was counted all the same.
        const std::uint64_t before = book.window.last();
        book.window.Reset(market_.symbols()[symbol].book);
        book.update += static_cast<std::int64_t>(book.window.last() - before);
    }
    WriteBook(symbol, book, WallMillis(), out);
}

void MarketFeed::RestartIds(std::uint32_t stream) {
    const auto known = books_.find(stream);
    if (known != books_.end()) {
        names_[known->second.first].books[known->second.second].restarted = true;
    }
}

std::string MarketFeed::Book(std::uint32_t symbol, std::size_t depth) const {
    const Market::Symbol& state = market_.symbols()[symbol];
    const auto deepest = std::ranges::find(names_[symbol].books, 1000u, &BookStream::depth);
    JsonWriter json;
    json.Open('{').Text("s", instruments_[symbol].symbol);
    for (const BookSide side : {BookSide::kBid, BookSide::kAsk}) {
        json.Key(side == BookSide::kBid ? "b" : "a").Open('[');
        const auto& shown =
            side == BookSide::kBid ? deepest->window.bids() : deepest->window.asks();
        for (std::size_t i = 0; i < std::min(depth, shown.size()); ++i) {
            WriteLevel(json, state.price(shown[i].first), state.quantity(shown[i].second));
        }
        json.Close(']');
    }
    json.Integer("ts", WallMillis()).Integer("u", deepest->update);
    json.Integer("seq", SequenceOf(symbol)).Integer("cts", WallMillis()).Close('}');
    return json.text();
}

MarketFeed::Figures MarketFeed::FiguresOf(std::uint32_t symbol, std::int64_t time_ms) const {
    const Market::Symbol& state = market_.symbols()[symbol];
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
    Begin(symbol, stream, kind, whole ? "snapshot" : "delta", time_ms);
    json_.Key("data").Open('{');
    for (const auto& [key, value] : figures) json_.Text(key, value);
    json_.Close('}').Integer("cs", SequenceOf(symbol)).Close('}');
    Send(out, Concat("\"ts\":", time_ms));
}

void MarketFeed::Write(const MarketEvent& event, const TickerMoment&) {
    Names& names = names_[event.symbol];
    if (wanted_(names.ticker)) {
        Figures figures = FiguresOf(event.symbol, event.time_ms);
        const bool spot = instruments_[event.symbol].category == "spot";
        Figures changed;
        for (std::size_t i = 0; i < figures.size(); ++i) {
            const bool same = i < names.ticker_sent.size() && figures[i] == names.ticker_sent[i];
            if (spot || i == 0 || !same) changed.push_back(figures[i]);
        }
        WriteTicker(event.symbol, changed, spot, event.time_ms, out_);
        names.ticker_sent = std::move(figures);
    }
    const std::int64_t second = event.time_ms / 1000;
    if (instruments_[event.symbol].category != "spot" && (second + event.symbol) % 7 == 0) {
        WriteLiquidation(event);
    }
}

// The position that is closed, not the order that closes it.
void MarketFeed::WriteLiquidation(const MarketEvent& event) {
    const Market::Symbol& state = market_.symbols()[event.symbol];
    const std::uint32_t stream = names_[event.symbol].liquidations;
    if (state.trades.empty() || !wanted_(stream)) return;
    const TradeTick& trade = state.trades.back();
    Begin(event.symbol, stream, FrameKind::kLiquidation, "snapshot", event.time_ms);
    json_.Key("data").Open('[').Open('{').Integer("T", event.time_ms);
    json_.Text("s", instruments_[event.symbol].symbol);
    json_.Text("S", trade.taker_sells ? "Buy" : "Sell").Decimal("v", trade.quantity);
    json_.Decimal("p", trade.price).Close('}').Close(']').Close('}');
    Send(out_, Concat("\"T\":", event.time_ms));
}

void MarketFeed::Write(const MarketEvent& event, const CandleMoment& moment) {
    const auto known = names_[event.symbol].klines.find(moment.interval_ms);
    if (known == names_[event.symbol].klines.end() || !wanted_(known->second.second)) return;
    const Candle& candle = moment.candle;
    Begin(event.symbol, known->second.second, FrameKind::kKline, "snapshot", event.time_ms);
    json_.Key("data").Open('[').Open('{').Integer("start", candle.open_ms);
    json_.Integer("end", candle.open_ms + moment.interval_ms - 1);
    json_.Text("interval", known->second.first).Decimal("open", candle.open);
    json_.Decimal("close", candle.close).Decimal("high", candle.high).Decimal("low", candle.low);
    json_.Decimal("volume", candle.volume).Decimal("turnover", candle.quote_volume);
    json_.Key("confirm").Raw(moment.closed ? "true" : "false");
    json_.Integer("timestamp", event.time_ms).Close('}').Close(']').Close('}');
    Send(out_, Concat("\"start\":", candle.open_ms, ",\"timestamp\":", event.time_ms));
}

void MarketFeed::Begin(
    std::uint32_t symbol,
    std::uint32_t stream,
    FrameKind kind,
    std::string_view type,
    std::int64_t time_ms
) {
    frame_ = {};
    frame_.stream = stream;
    frame_.kind = kind;
    frame_.stream_name = hub_.Name(stream);
    frame_.symbol = keys_[symbol];
    json_.Clear();
    json_.Open('{').Text("topic", Plain(frame_.stream_name));
    json_.Text("type", type).Integer("ts", time_ms);
}

void MarketFeed::Send(const Out& out, std::string_view identity) {
    frame_.wrapped = json_.text();
    frame_.payload_size = static_cast<std::uint32_t>(json_.text().size());
    frame_.identity = identity;
    out(frame_);
}

}  // namespace mp::sim::bybit
