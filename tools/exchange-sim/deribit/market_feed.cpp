#include "exchange-sim/deribit/market_feed.hpp"

#include "exchange-sim/deribit/channel.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::deribit {
namespace {

constexpr const char* kPaceNames[] = {"100ms", "raw"};
constexpr int kRaw = 1;
constexpr std::int64_t kFirstTrade = 1'000'000'000;  // the market's own count
constexpr std::int64_t kOneInLiquidations = 50;

void WriteStats(JsonWriter& json, const Candle& day, const MarketFeed::Volumes& volumes) {
    json.Key("stats").Open('{').Number("high", day.high).Number("low", day.low);
    json.Number("price_change", 0).Number("volume", volumes.base);
    json.Number("volume_usd", volumes.counter).Number("volume_notional", volumes.counter);
    json.Close('}');
}

}  // namespace

MarketFeed::MarketFeed(
    const Market& market, Hub& hub, std::vector<Generated> instruments, Wanted wanted, Out out
)
    : market_(market),
      hub_(hub),
      instruments_(std::move(instruments)),
      wanted_(std::move(wanted)),
      out_(std::move(out)) {
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
        const std::string& symbol = instruments_[i].instrument.name;
        const auto stream = [&](std::string_view before, std::string_view after) {
            const std::uint32_t number = hub_.StreamOf(Concat(before, symbol, after));
            hub_.SetSymbol(number, symbol);
            return number;
        };
        Names names;
        names.quote = stream("quote.", "");
        for (int pace = 0; pace < kPaces; ++pace) {
            const std::string after = Concat(".", kPaceNames[pace]);
            names.trades[pace] = stream("trades.", after);
            names.tickers[pace] = stream("ticker.", after);
            const std::uint32_t book = stream("book.", after);
            books_[book] = {i, names.books.size()};
            names.books.push_back({book, BookWindow(0)});
            names.books.back().window.Reset(market_.symbols()[i].book);
        }
        for (const char* resolution :
             {"1", "3", "5", "10", "15", "30", "60", "120", "360", "720", "1D"}) {
            names.charts[BarMillis(resolution)] = stream("chart.trades.", Concat(".", resolution));
        }
        names_.push_back(std::move(names));
    }
}

std::vector<std::uint32_t> MarketFeed::PrimaryStreams(bool) const {
    std::vector<std::uint32_t> streams;
    for (const Names& names : names_) {
        streams.push_back(names.trades[0]);
        streams.push_back(names.books.front().stream);
        streams.push_back(names.quote);
        streams.push_back(names.tickers[0]);
        streams.push_back(names.charts.at(60'000));
    }
    return streams;
}

std::uint32_t MarketFeed::IndexOf(std::string_view name) const {
    std::uint32_t index = 0;
    while (index < instruments_.size() && instruments_[index].instrument.name != name) ++index;
    return index;
}

MarketFeed::Volumes MarketFeed::VolumesOf(std::uint32_t symbol, const Candle& candle) const {
    if (instruments_[symbol].instrument.inverse()) return {candle.quote_volume, candle.volume};
    return {candle.volume, candle.quote_volume};
}

std::int64_t MarketFeed::SequenceOf(const TradeTick& trade) {
    return trade.id - kFirstTrade + 1;
}

std::int64_t MarketFeed::MiddleOf(std::uint32_t symbol) const {
    const BestQuote best = market_.symbols()[symbol].best();
    return (best.bid + best.ask) / 2;
}

void MarketFeed::Publish(const MarketEvent& event) {
    std::visit([&](const auto& change) { Write(event, change); }, event.change);
}

std::string MarketFeed::Trade(std::uint32_t symbol, const TradeTick& trade) const {
    const Generated& generated = instruments_[symbol];
    const Instrument& instrument = generated.instrument;
    JsonWriter json;
    json.Open('{').Integer("trade_seq", SequenceOf(trade));
    const std::int64_t id = trade.id * 100 + symbol;  // unique among a currency's
    json.Text("trade_id", instrument.base == "BTC" ? Concat(id) : Concat(instrument.base, "-", id));
    json.Integer("timestamp", trade.time_ms).Integer("tick_direction", trade.taker_sells ? 2 : 0);
    json.Number("price", trade.price).Number("mark_price", trade.price);
    if (trade.id % kOneInLiquidations == 0) json.Text("liquidation", "T");
    json.Text("instrument_name", instrument.name);
    json.Number("index_price", MiddleOf(generated.underlying));
    json.Text("direction", trade.taker_sells ? "sell" : "buy");
    json.Number("amount", trade.quantity).Close('}');
    return json.text();
}

void MarketFeed::Write(const MarketEvent& event, const TradeTick& trade) {
    for (const std::uint32_t stream : names_[event.symbol].trades) {
        if (!wanted_(stream)) continue;
        Begin(event.symbol, stream, FrameKind::kTrade);
        json_.Open('[').Raw(Trade(event.symbol, trade)).Close(']');
        Send(out_, Concat("\"trade_seq\":", SequenceOf(trade)));
    }
}

void MarketFeed::Write(const MarketEvent& event, const BestQuote& quote) {
    Names& names = names_[event.symbol];
    BookStream& raw = names.books[kRaw];
    if (wanted_(raw.stream)) PublishBook(event.symbol, raw, event.time_ms);
    if (!wanted_(names.quote)) return;
    Begin(event.symbol, names.quote, FrameKind::kBbo);
    json_.Open('{').Integer("timestamp", event.time_ms);
    json_.Text("instrument_name", instruments_[event.symbol].instrument.name);
    json_.Number("best_bid_price", quote.bid).Number("best_bid_amount", quote.bid_quantity);
    json_.Number("best_ask_price", quote.ask).Number("best_ask_amount", quote.ask_quantity);
    json_.Close('}');
    Send(out_, Concat("\"timestamp\":", event.time_ms));
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
    Begin(symbol, book.stream, FrameKind::kBookDelta);
    json_.Open('{').Text("type", "change").Integer("timestamp", time_ms);
    json_.Integer("prev_change_id", static_cast<std::int64_t>(step_.previous));
    json_.Text("instrument_name", instruments_[symbol].instrument.name);
    json_.Integer("change_id", static_cast<std::int64_t>(step_.last));
    const auto side = [&](std::string_view name, const std::vector<BookWindow::Change>& changes) {
        json_.Key(name).Open('[');
        for (const BookWindow::Change& change : changes) {
            const bool gone = change.quantity == 0;
            json_.Open('[').Text(gone ? "delete" : change.is_new ? "new" : "change");
            json_.Number(state.price(change.price));
            if (gone) {
                json_.Raw("0.0");
            } else {
                json_.Number(state.quantity(change.quantity));
            }
            json_.Close(']');
        }
        json_.Close(']');
    };
    side("bids", step_.bids);
    side("asks", step_.asks);
    json_.Close('}');
    Send(out_, Concat("\"prev_change_id\":", step_.previous, ",\"change_id\":", step_.last));
}

void MarketFeed::Snapshot(std::uint32_t stream, const Out& out) {
    const auto known = books_.find(stream);
    if (known == books_.end()) return;
    const auto [symbol, which] = known->second;
    BookStream& book = names_[symbol].books[which];
    const Market::Symbol& state = market_.symbols()[symbol];
    if (wanted_(stream)) {
        PublishBook(symbol, book, WallMillis());
    } else {
        book.window.Reset(state.book);
    }
    Begin(symbol, stream, FrameKind::kBookSnapshot);
    json_.Open('{').Text("type", "snapshot").Integer("timestamp", WallMillis());
    json_.Text("instrument_name", instruments_[symbol].instrument.name);
    json_.Integer("change_id", static_cast<std::int64_t>(book.window.last()));
    const auto side = [&](std::string_view name, const std::vector<BookLevel>& levels) {
        json_.Key(name).Open('[');
        for (const auto& [price, quantity] : levels) {
            json_.Open('[').Text("new").Number(state.price(price));
            json_.Number(state.quantity(quantity)).Close(']');
        }
        json_.Close(']');
    };
    side("bids", book.window.bids());
    side("asks", book.window.asks());
    json_.Close('}');
    Send(out, Concat("\"change_id\":", book.window.last()));
}

void MarketFeed::RestartIds(std::uint32_t stream) {
    const auto known = books_.find(stream);
    if (known != books_.end()) {
        names_[known->second.first].books[known->second.second].window.RestartIds();
    }
}

std::string MarketFeed::Book(std::uint32_t symbol, std::size_t depth) const {
    const Market::Symbol& state = market_.symbols()[symbol];
    const std::uint64_t id = names_[symbol].books.front().window.IdOf(state.book);
    JsonWriter json;
    json.Open('{').Integer("timestamp", WallMillis()).Text("state", "open");
    json.Text("instrument_name", instruments_[symbol].instrument.name);
    json.Integer("change_id", static_cast<std::int64_t>(id));
    for (const BookSide side : {BookSide::kBid, BookSide::kAsk}) {
        json.Key(side == BookSide::kBid ? "bids" : "asks").Open('[');
        for (const auto& [price, quantity] : state.book.Top(side, depth)) {
            json.Open('[').Number(state.price(price)).Number(state.quantity(quantity)).Close(']');
        }
        json.Close(']');
    }
    json.Close('}');
    return json.text();
}

std::string MarketFeed::Ticker(std::uint32_t symbol, std::int64_t time_ms) const {
    const Generated& generated = instruments_[symbol];
    const Market::Symbol& state = market_.symbols()[symbol];
    const Candle day = RollingDay(state, time_ms);
    const BestQuote best = state.best();
    const std::int64_t mark = MiddleOf(symbol);
    const std::int64_t index = MiddleOf(generated.underlying);
    JsonWriter json;
    json.Open('{').Integer("timestamp", time_ms);
    WriteStats(json, day, VolumesOf(symbol, day));
    json.Text("state", "open").Number("settlement_price", day.open);
    json.Integer("open_interest", 700'000 + state.next_trade_id % 1000);
    json.Number("min_price", day.low).Number("max_price", day.high).Number("mark_price", mark);
    json.Number("last_price", day.close).Text("instrument_name", generated.instrument.name);
    json.Number("index_price", index).Number("estimated_delivery_price", index);
    if (generated.instrument.expiry_ms == 0) {
        json.Number("interest_value", 5'636'261).Key("current_funding").Raw("2.081e-05");
        json.Number("funding_8h", 10'036);
    } else {
        json.Number("underlying_price", index).Key("mark_iv").Raw("71.72");
        json.Text("underlying_index", "index_price");
    }
    json.Number("best_bid_price", best.bid).Number("best_bid_amount", best.bid_quantity);
    json.Number("best_ask_price", best.ask).Number("best_ask_amount", best.ask_quantity);
    json.Close('}');
    return json.text();
}

void MarketFeed::Write(const MarketEvent& event, const TickerMoment&) {
    for (const std::uint32_t stream : names_[event.symbol].tickers) {
        if (!wanted_(stream)) continue;
        const std::string data = Ticker(event.symbol, event.time_ms);
        Begin(event.symbol, stream, FrameKind::kTicker);
        json_.Raw(data);
        Send(out_, Concat("\"timestamp\":", event.time_ms));
    }
}

void MarketFeed::Write(const MarketEvent& event, const CandleMoment& moment) {
    const auto known = names_[event.symbol].charts.find(moment.interval_ms);
    if (known == names_[event.symbol].charts.end() || !wanted_(known->second)) return;
    const Candle& candle = moment.candle;
    const Volumes volumes = VolumesOf(event.symbol, candle);
    Begin(event.symbol, known->second, FrameKind::kKline);
    json_.Open('{').Number("volume", volumes.base).Integer("tick", candle.open_ms);
    json_.Number("open", candle.open).Number("low", candle.low).Number("high", candle.high);
    json_.Number("cost", volumes.counter).Number("close", candle.close).Close('}');
    Send(out_, Concat("\"tick\":", candle.open_ms));
}

void MarketFeed::Begin(std::uint32_t symbol, std::uint32_t stream, FrameKind kind) {
    frame_ = {};
    frame_.stream = stream;
    frame_.kind = kind;
    frame_.stream_name = hub_.Name(stream);
    frame_.symbol = instruments_[symbol].instrument.name;
    json_.Clear();
    json_.Open('{').Text("jsonrpc", "2.0").Text("method", "subscription");
    json_.Key("params").Open('{').Text("channel", frame_.stream_name).Key("data");
}

void MarketFeed::Send(const Out& out, std::string_view identity) {
    json_.Close('}').Close('}');
    frame_.wrapped = json_.text();
    frame_.payload_size = static_cast<std::uint32_t>(json_.text().size());
    frame_.identity = identity;
    out(frame_);
}

}  // namespace mp::sim::deribit
