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
    const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
)
    : StreamFeed(market, hub, KeysOf(instruments), std::move(wanted), std::move(out)),
      instruments_(std::move(instruments)) {
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
        const std::string& symbol = instruments_[i].symbol;
        const auto stream = [&](std::string_view before, std::string_view after) {
            return AddStream(i, Concat(before, symbol, after));
        };
        Names names;
        names.quote = stream("quote.", "");
        for (int pace = 0; pace < kPaces; ++pace) {
            const std::string after = Concat(".", kPaceNames[pace]);
            names.trades[pace] = stream("trades.", after);
            names.tickers[pace] = stream("ticker.", after);
            AddBook(i, Concat("book.", symbol, after), 0);
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
    for (std::uint32_t i = 0; i < size(); ++i) {
        const Names& names = names_[i];
        streams.push_back(names.trades[0]);
        streams.push_back(books(i).front().stream);
        streams.push_back(names.quote);
        streams.push_back(names.tickers[0]);
        streams.push_back(names.charts.at(60'000));
    }
    return streams;
}

MarketFeed::Volumes MarketFeed::VolumesOf(std::uint32_t symbol, const Candle& candle) const {
    if (instruments_[symbol].inverse()) return {candle.quote_volume, candle.volume};
    return {candle.volume, candle.quote_volume};
}

std::int64_t MarketFeed::SequenceOf(const TradeTick& trade) {
    return trade.id - kFirstTrade + 1;
}

std::int64_t MarketFeed::MiddleOf(std::uint32_t symbol) const {
    const BestQuote best = market(symbol).best();
    return (best.bid + best.ask) / 2;
}

std::int64_t MarketFeed::IndexPriceOf(std::uint32_t symbol) const {
    const Instrument& instrument = instruments_[symbol];
    const bool of_its_own = instrument.kind == "future" || instrument.counter != "USD";
    return of_its_own ? MiddleOf(symbol) : MiddleOf(IndexOf(Concat(instrument.base, "-PERPETUAL")));
}

std::string MarketFeed::Trade(std::uint32_t symbol, const TradeTick& trade) const {
    const Instrument& instrument = instruments_[symbol];
    JsonWriter json;
    json.Open('{').Integer("trade_seq", SequenceOf(trade));
    const std::int64_t id = trade.id * 100 + symbol;  // unique among a currency's
    json.Text("trade_id", instrument.base == "BTC" ? Concat(id) : Concat(instrument.base, "-", id));
    json.Integer("timestamp", trade.time_ms).Integer("tick_direction", trade.taker_sells ? 2 : 0);
    json.Number("price", trade.price).Number("mark_price", trade.price);
    if (trade.id % kOneInLiquidations == 0) json.Text("liquidation", "T");
    json.Text("instrument_name", instrument.symbol);
    json.Number("index_price", IndexPriceOf(symbol));
    json.Text("direction", trade.taker_sells ? "sell" : "buy");
    json.Number("amount", trade.quantity).Close('}');
    return json.text();
}

void MarketFeed::OnTrade(const MarketEvent& event, const TradeTick& trade) {
    for (const std::uint32_t stream : names_[event.symbol].trades) {
        if (!wanted(stream)) continue;
        Open(event.symbol, stream, FrameKind::kTrade);
        json().Open('[').Raw(Trade(event.symbol, trade)).Close(']');
        Finish(Concat("\"trade_seq\":", SequenceOf(trade)));
    }
}

void MarketFeed::OnQuote(const MarketEvent& event, const BestQuote& quote) {
    PublishBook(books(event.symbol)[kRaw], event.time_ms);
    const std::uint32_t stream = names_[event.symbol].quote;
    if (!wanted(stream)) return;
    Open(event.symbol, stream, FrameKind::kBbo);
    json().Open('{').Integer("timestamp", event.time_ms);
    json().Text("instrument_name", instruments_[event.symbol].symbol);
    json().Number("best_bid_price", quote.bid).Number("best_bid_amount", quote.bid_quantity);
    json().Number("best_ask_price", quote.ask).Number("best_ask_amount", quote.ask_quantity);
    json().Close('}');
    Finish(Concat("\"timestamp\":", event.time_ms));
}

void MarketFeed::WriteChange(
    const BookStream& book, const BookWindow::Step& step, std::int64_t time_ms
) {
    const Market::Symbol& state = market(book.symbol);
    const auto write = [](JsonWriter& to, auto price, auto quantity, const auto& change) {
        const bool gone = quantity == 0;
        to.Open('[').Text(gone ? "delete" : change.is_new ? "new" : "change").Number(price);
        if (gone) {
            to.Raw("0.0");
        } else {
            to.Number(quantity);
        }
        to.Close(']');
    };
    Open(book.symbol, book.stream, FrameKind::kBookDelta);
    json().Open('{').Text("type", "change").Integer("timestamp", time_ms);
    json().Integer("prev_change_id", static_cast<std::int64_t>(step.previous));
    json().Text("instrument_name", instruments_[book.symbol].symbol);
    json().Integer("change_id", static_cast<std::int64_t>(step.last));
    WriteSide(json(), "bids", state, step.bids, write);
    WriteSide(json(), "asks", state, step.asks, write);
    json().Close('}');
    Finish(Concat("\"prev_change_id\":", step.previous, ",\"change_id\":", step.last));
}

void MarketFeed::WriteBook(const BookStream& book, std::int64_t time_ms, const Out& out) {
    const Market::Symbol& state = market(book.symbol);
    const auto write = [](JsonWriter& to, auto price, auto quantity, const auto&) {
        to.Open('[').Text("new").Number(price).Number(quantity).Close(']');
    };
    Open(book.symbol, book.stream, FrameKind::kBookSnapshot);
    json().Open('{').Text("type", "snapshot").Integer("timestamp", time_ms);
    json().Text("instrument_name", instruments_[book.symbol].symbol);
    json().Integer("change_id", static_cast<std::int64_t>(book.window.last()));
    WriteSide(json(), "bids", state, book.window.bids(), write);
    WriteSide(json(), "asks", state, book.window.asks(), write);
    json().Close('}');
    Finish(out, Concat("\"change_id\":", book.window.last()));
}

std::string MarketFeed::Book(std::uint32_t symbol, std::size_t depth) const {
    const Market::Symbol& state = market(symbol);
    const std::uint64_t id = books(symbol).front().window.IdOf(state.book);
    JsonWriter json;
    json.Open('{').Integer("timestamp", WallMillis()).Text("state", "open");
    json.Text("instrument_name", instruments_[symbol].symbol);
    json.Integer("change_id", static_cast<std::int64_t>(id));
    const auto write = [](JsonWriter& to, auto price, auto quantity, const auto&) {
        to.Open('[').Number(price).Number(quantity).Close(']');
    };
    WriteSide(json, "bids", state, state.book.Top(BookSide::kBid, depth), write);
    WriteSide(json, "asks", state, state.book.Top(BookSide::kAsk, depth), write);
    json.Close('}');
    return json.text();
}

std::string MarketFeed::Ticker(std::uint32_t symbol, std::int64_t time_ms) const {
    const Instrument& instrument = instruments_[symbol];
    const Market::Symbol& state = market(symbol);
    const Candle day = RollingDay(state, time_ms);
    const BestQuote best = state.best();
    const std::int64_t mark = MiddleOf(symbol);
    const std::int64_t index = IndexPriceOf(symbol);
    JsonWriter json;
    json.Open('{').Integer("timestamp", time_ms);
    WriteStats(json, day, VolumesOf(symbol, day));
    json.Text("state", "open").Number("settlement_price", day.open);
    json.Integer("open_interest", 700'000 + state.next_trade_id % 1000);
    json.Number("min_price", day.low).Number("max_price", day.high).Number("mark_price", mark);
    json.Number("last_price", day.close).Text("instrument_name", instrument.symbol);
    json.Number("index_price", index).Number("estimated_delivery_price", index);
    if (instrument.expiry_ms == 0) {
        json.Number("interest_value", 5'636'261).Key("current_funding").Raw("2.081e-05");
        json.Number("funding_8h", 10'036);
    } else if (instrument.option()) {
        json.Number("underlying_price", index).Key("mark_iv").Raw("71.72");
        json.Text("underlying_index", "index_price");
    }
    json.Number("best_bid_price", best.bid).Number("best_bid_amount", best.bid_quantity);
    json.Number("best_ask_price", best.ask).Number("best_ask_amount", best.ask_quantity);
    json.Close('}');
    return json.text();
}

void MarketFeed::OnTicker(const MarketEvent& event) {
    for (const std::uint32_t stream : names_[event.symbol].tickers) {
        if (!wanted(stream)) continue;
        const std::string data = Ticker(event.symbol, event.time_ms);
        Open(event.symbol, stream, FrameKind::kTicker);
        json().Raw(data);
        Finish(Concat("\"timestamp\":", event.time_ms));
    }
}

void MarketFeed::OnCandle(const MarketEvent& event, const CandleMoment& moment) {
    const auto known = names_[event.symbol].charts.find(moment.interval_ms);
    if (known == names_[event.symbol].charts.end() || !wanted(known->second)) return;
    const Candle& candle = moment.candle;
    const Volumes volumes = VolumesOf(event.symbol, candle);
    Open(event.symbol, known->second, FrameKind::kKline);
    json().Open('{').Number("volume", volumes.base).Integer("tick", candle.open_ms);
    json().Number("open", candle.open).Number("low", candle.low).Number("high", candle.high);
    json().Number("cost", volumes.counter).Number("close", candle.close).Close('}');
    Finish(Concat("\"tick\":", candle.open_ms));
}

void MarketFeed::Open(std::uint32_t symbol, std::uint32_t stream, FrameKind kind) {
    Begin(symbol, stream, kind);
    json().Open('{').Text("jsonrpc", "2.0").Text("method", "subscription");
    json().Key("params").Open('{').Text("channel", stream_name()).Key("data");
}

void MarketFeed::Finish(const Out& out, std::string_view identity) {
    json().Close('}').Close('}');
    Send(out, identity);
}

}  // namespace mp::sim::deribit
