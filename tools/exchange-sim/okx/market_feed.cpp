#include "exchange-sim/okx/market_feed.hpp"

#include <algorithm>

#include "exchange-sim/okx/channel.hpp"
#include "exchange-sim/okx/checksum.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::okx {
namespace {

constexpr std::int64_t kFundingPeriod = 8 * 3600 * 1000;
constexpr std::size_t kChecked = 25;  // levels that the checksum covers

std::string Plain(std::int64_t value_e8) {
    std::string text;
    AppendPlainE8(text, value_e8);
    return text;
}

// 0.0001 and a bit, different in each period.
std::int64_t FundingRateAt(std::int64_t time_ms) {
    return 10'000 + time_ms / kFundingPeriod % 100 * 37;
}

constexpr auto kWriteLevel = [](JsonWriter& json, auto price, auto quantity, const auto&...) {
    json.Open('[').Decimal(price).Decimal(quantity).Text("0");
    json.IntegerText(quantity == 0 ? 0 : 1 + quantity % 7).Close(']');
};

}  // namespace

MarketFeed::MarketFeed(
    const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
)
    : StreamFeed(market, hub, KeysOf(instruments), std::move(wanted), std::move(out)),
      instruments_(std::move(instruments)) {
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
        const auto name = [&](std::string_view channel) {
            return StreamName(channel, instruments_[i].symbol);
        };
        const auto stream = [&](std::string_view channel) { return AddStream(i, name(channel)); };
        Names names;
        names.trades = stream("trades");
        names.trades_all = stream("trades-all");
        names.bbo = stream("bbo-tbt");
        names.tickers = stream("tickers");
        names.books5 = stream("books5");
        names.mark = stream("mark-price");
        names.interest = stream("open-interest");
        names.funding = stream("funding-rate");
        for (const std::string_view channel : {"books", "books-l2-tbt", "books50-l2-tbt"}) {
            AddBook(i, name(channel), FindChannel(channel)->depth);
        }
        for (const char* bar : {"1s", "1m", "3m", "5m", "15m", "30m", "1H", "2H", "4H", "1Dutc"}) {
            const std::string channel = Concat("candle", bar);
            names.candles[BarMillis(channel)] = {channel, stream(channel)};
        }
        names_.push_back(std::move(names));
    }
    for (const char* type : {"SWAP", "FUTURES"}) {
        liquidations_[type] = hub.StreamOf(StreamName("liquidation-orders", type));
    }
}

std::vector<std::uint32_t> MarketFeed::PrimaryStreams(bool aggregate_trades) const {
    std::vector<std::uint32_t> streams;
    for (std::uint32_t i = 0; i < size(); ++i) {
        const Names& names = names_[i];
        streams.push_back(aggregate_trades ? names.trades : names.trades_all);
        streams.push_back(books(i).front().stream);
        streams.push_back(names.bbo);
        streams.push_back(names.tickers);
        streams.push_back(names.candles.at(60'000).second);
    }
    return streams;
}

std::int64_t MarketFeed::BaseOf(std::uint32_t symbol, std::int64_t quantity) const {
    const std::int64_t contract = instruments_[symbol].contract_e8;
    if (contract == 0) return quantity;
    const std::int64_t worth = MultiplyE8(quantity, contract);
    return market(symbol).spec.inverse ? DivideE8(worth, market(symbol).best().bid) : worth;
}

std::string MarketFeed::TradeRow(std::uint32_t symbol, const TradeTick& trade) const {
    JsonWriter json;
    json.Open('{').Text("instId", instruments_[symbol].symbol).IntegerText("tradeId", trade.id);
    json.Decimal("px", trade.price).Decimal("sz", trade.quantity);
    json.Text("side", trade.taker_sells ? "sell" : "buy").Text("source", "0");
    json.IntegerText("ts", trade.time_ms).Close('}');
    return json.text();
}

void MarketFeed::OnTrade(const MarketEvent& event, const TradeTick& trade) {
    const std::uint32_t stream = names_[event.symbol].trades_all;
    if (!Open(event.symbol, stream, FrameKind::kTrade, "trades-all")) return;
    json().Key("data").Open('[').Raw(TradeRow(event.symbol, trade)).Close(']').Close('}');
    Send(Concat("\"tradeId\":", trade.id));
}

void MarketFeed::OnAggregate(const MarketEvent& event, const AggregateTrade& trade) {
    const std::uint32_t stream = names_[event.symbol].trades;
    if (!Open(event.symbol, stream, FrameKind::kTrade, "trades")) return;
    json().Key("data").Open('[').Open('{').Text("instId", instruments_[event.symbol].symbol);
    json().IntegerText("tradeId", trade.last_trade).Decimal("px", trade.price);
    json().Decimal("sz", trade.quantity).Text("side", trade.taker_sells ? "sell" : "buy");
    json().IntegerText("ts", trade.time_ms);
    json().IntegerText("count", trade.last_trade - trade.first_trade + 1).Text("source", "0");
    json().Integer("seqId", static_cast<std::int64_t>(market(event.symbol).book.update_id()));
    json().Close('}').Close(']').Close('}');
    Send(Concat("\"tradeId\":", trade.last_trade));
}

void MarketFeed::OnQuote(const MarketEvent& event, const BestQuote& quote) {
    if (!Open(event.symbol, names_[event.symbol].bbo, FrameKind::kBbo, "bbo-tbt")) return;
    json().Key("data").Open('[').Open('{').Key("asks").Open('[');
    kWriteLevel(json(), quote.ask, quote.ask_quantity);
    json().Close(']').Key("bids").Open('[');
    kWriteLevel(json(), quote.bid, quote.bid_quantity);
    json().Close(']').IntegerText("ts", event.time_ms);
    json().Integer("seqId", static_cast<std::int64_t>(quote.update_id));
    json().Close('}').Close(']').Close('}');
    Send(Concat("\"seqId\":", quote.update_id));
}

void MarketFeed::OpenBook(const BookStream& book, FrameKind kind, std::string_view action) {
    Begin(book.symbol, book.stream, kind);
    WriteArg(stream_name().substr(0, stream_name().find(':')), book.symbol);
    json().Text("action", action).Key("data").Open('[').Open('{');
}

void MarketFeed::WriteChange(
    const BookStream& book, const BookWindow::Step& step, std::int64_t time_ms
) {
    const Market::Symbol& state = market(book.symbol);
    OpenBook(book, FrameKind::kBookDelta, "update");
    WriteSide(json(), "asks", state, step.asks, kWriteLevel);
    WriteSide(json(), "bids", state, step.bids, kWriteLevel);
    json().IntegerText("ts", time_ms).Integer("checksum", ChecksumOf(state, book.window));
    json().Integer("prevSeqId", static_cast<std::int64_t>(step.previous));
    json().Integer("seqId", static_cast<std::int64_t>(step.last));
    json().Close('}').Close(']').Close('}');
    Send(Concat("\"prevSeqId\":", step.previous, ",\"seqId\":", step.last));
}

std::int32_t MarketFeed::ChecksumOf(const Market::Symbol& state, const BookWindow& window) {
    const auto top = [&state](const std::vector<BookLevel>& side) {
        std::vector<TextLevel> levels;
        for (std::size_t i = 0; i < std::min(side.size(), kChecked); ++i) {
            const auto& [price, quantity] = side[i];
            levels.emplace_back(Plain(state.price(price)), Plain(state.quantity(quantity)));
        }
        return levels;
    };
    return Checksum(top(window.bids()), top(window.asks()));
}

void MarketFeed::WriteBook(const BookStream& book, std::int64_t time_ms, const Out& out) {
    const Market::Symbol& state = market(book.symbol);
    OpenBook(book, FrameKind::kBookSnapshot, "snapshot");
    WriteSide(json(), "asks", state, book.window.asks(), kWriteLevel);
    WriteSide(json(), "bids", state, book.window.bids(), kWriteLevel);
    json().IntegerText("ts", time_ms).Integer("checksum", ChecksumOf(state, book.window));
    json().Integer("seqId", static_cast<std::int64_t>(book.window.last())).Integer("prevSeqId", -1);
    json().Close('}').Close(']').Close('}');
    Send(out, Concat("\"prevSeqId\":-1,\"seqId\":", book.window.last()));
}

std::string MarketFeed::Book(std::uint32_t symbol, std::size_t depth) const {
    const Market::Symbol& state = market(symbol);
    JsonWriter json;
    json.Open('{');
    WriteSide(json, "asks", state, state.book.Top(BookSide::kAsk, depth), kWriteLevel);
    WriteSide(json, "bids", state, state.book.Top(BookSide::kBid, depth), kWriteLevel);
    const std::uint64_t id = books(symbol).front().window.IdOf(state.book);
    json.IntegerText("ts", WallMillis()).Integer("seqId", static_cast<std::int64_t>(id));
    json.Close('}');
    return json.text();
}

void MarketFeed::OnTop(const MarketEvent& event, const DepthTop& top) {
    if (!top.fast) return;
    const std::uint32_t stream = names_[event.symbol].books5;
    if (!Open(event.symbol, stream, FrameKind::kBookTop, "books5")) return;
    json().Key("data").Open('[').Raw(Book(event.symbol, 5)).Close(']').Close('}');
    Send(Concat("\"ts\":\"", event.time_ms, "\""));
}

std::string MarketFeed::TickerRow(std::uint32_t symbol, std::int64_t time_ms) const {
    const Market::Symbol& state = market(symbol);
    const Instrument& instrument = instruments_[symbol];
    const Candle day = RollingDay(state, time_ms);
    const BestQuote best = state.best();
    const bool spot = instrument.type == "SPOT";
    JsonWriter json;
    json.Open('{').Text("instType", instrument.type).Text("instId", instrument.symbol);
    json.Decimal("last", day.close);
    json.Decimal("lastSz", state.trades.empty() ? 0 : state.trades.back().quantity);
    json.Decimal("askPx", best.ask).Decimal("askSz", best.ask_quantity);
    json.Decimal("bidPx", best.bid).Decimal("bidSz", best.bid_quantity);
    json.Decimal("open24h", day.open).Decimal("high24h", day.high).Decimal("low24h", day.low);
    json.Decimal("volCcy24h", spot ? day.quote_volume : BaseOf(symbol, day.volume));
    json.Decimal("vol24h", day.volume).Decimal("sodUtc0", day.open).Decimal("sodUtc8", day.open);
    json.IntegerText("ts", time_ms).Close('}');
    return json.text();
}

void MarketFeed::OnTicker(const MarketEvent& event) {
    const Names& names = names_[event.symbol];
    if (wanted(names.tickers)) {
        const std::string row = TickerRow(event.symbol, event.time_ms);
        Row(event, names.tickers, FrameKind::kTicker, "tickers", row);
    }
    if (instruments_[event.symbol].type != "SPOT") WriteContract(event);
}

// What contracts publish beside: some of it less often.
void MarketFeed::WriteContract(const MarketEvent& event) {
    const Names& names = names_[event.symbol];
    const std::int64_t second = event.time_ms / 1000;
    const auto row = [&](std::uint32_t stream, FrameKind kind, const char* channel, auto make) {
        if (!wanted(stream)) return;
        Row(event, stream, kind, channel, (this->*make)(event.symbol, event.time_ms));
    };
    row(names.mark, FrameKind::kMarkPrice, "mark-price", &MarketFeed::MarkRow);
    if (second % 3 == 0) {
        row(names.interest, FrameKind::kOpenInterest, "open-interest", &MarketFeed::InterestRow);
    }
    const std::string& type = instruments_[event.symbol].type;
    if (second % 10 == 0 && type == "SWAP") {
        row(names.funding, FrameKind::kFundingRate, "funding-rate", &MarketFeed::FundingRow);
    }
    if ((second + event.symbol) % 7 == 0 && liquidations_.contains(type)) WriteLiquidation(event);
}

std::string MarketFeed::MarkRow(std::uint32_t symbol, std::int64_t time_ms) const {
    const BestQuote best = market(symbol).best();
    JsonWriter json;
    json.Open('{').Text("instId", instruments_[symbol].symbol);
    json.Text("instType", instruments_[symbol].type).Decimal("markPx", (best.bid + best.ask) / 2);
    json.IntegerText("ts", time_ms).Close('}');
    return json.text();
}

std::string MarketFeed::InterestRow(std::uint32_t symbol, std::int64_t time_ms) const {
    const Market::Symbol& state = market(symbol);
    const std::int64_t contracts = (500'000 + state.next_trade_id % 1000) * kE8;
    const std::int64_t base = BaseOf(symbol, contracts);
    JsonWriter json;
    json.Open('{').Text("instId", instruments_[symbol].symbol);
    json.Text("instType", instruments_[symbol].type).Decimal("oi", contracts);
    json.Decimal("oiCcy", base).Decimal("oiUsd", MultiplyE8(base, state.best().bid));
    json.IntegerText("ts", time_ms).Close('}');
    return json.text();
}

std::string MarketFeed::FundingRow(std::uint32_t symbol, std::int64_t time_ms) const {
    const std::int64_t next = (time_ms / kFundingPeriod + 1) * kFundingPeriod;
    JsonWriter json;
    json.Open('{').Decimal("fundingRate", FundingRateAt(time_ms));
    json.IntegerText("fundingTime", next).Text("instId", instruments_[symbol].symbol);
    json.Text("instType", instruments_[symbol].type).Text("method", "current_period");
    json.Text("maxFundingRate", "0.00375").Text("minFundingRate", "-0.00375");
    json.Text("nextFundingRate", "").IntegerText("nextFundingTime", next + kFundingPeriod);
    json.Text("premium", "0.00001").Decimal("settFundingRate", FundingRateAt(time_ms));
    json.Text("settState", "settled").IntegerText("ts", time_ms).Close('}');
    return json.text();
}

void MarketFeed::WriteLiquidation(const MarketEvent& event) {
    const Market::Symbol& state = market(event.symbol);
    const Instrument& instrument = instruments_[event.symbol];
    const std::uint32_t stream = liquidations_.at(instrument.type);
    if (state.trades.empty() || !wanted(stream)) return;
    const TradeTick& trade = state.trades.back();
    Begin(event.symbol, stream, FrameKind::kLiquidation);
    json().Open('{').Key("arg").Open('{').Text("channel", "liquidation-orders");
    json().Text("instType", instrument.type).Close('}').Key("data").Open('[').Open('{');
    json().Key("details").Open('[').Open('{').Text("bkLoss", "0").Decimal("bkPx", trade.price);
    json().Text("ccy", "").Text("posSide", trade.taker_sells ? "long" : "short");
    json().Text("side", trade.taker_sells ? "sell" : "buy").Decimal("sz", trade.quantity);
    json().IntegerText("ts", event.time_ms).Close('}').Close(']');
    json().Text("instFamily", instrument.family()).Text("instId", instrument.symbol);
    json().Text("instType", instrument.type).Text("uly", instrument.family());
    json().Close('}').Close(']').Close('}');
    Send(Concat("\"ts\":\"", event.time_ms, "\""));
}

std::string MarketFeed::CandleRow(std::uint32_t symbol, const Candle& candle, bool closed) const {
    const bool spot = instruments_[symbol].type == "SPOT";
    const std::int64_t contract = spot ? kE8 : instruments_[symbol].contract_e8;
    std::int64_t base = MultiplyE8(candle.volume, contract);
    std::int64_t quote = MultiplyE8(candle.quote_volume, contract);
    // Inverse candles count the base asset where others count the quote currency.
    if (market(symbol).spec.inverse) std::swap(base, quote);
    JsonWriter json;
    json.Open('[').IntegerText(candle.open_ms).Decimal(candle.open).Decimal(candle.high);
    json.Decimal(candle.low).Decimal(candle.close).Decimal(candle.volume);
    json.Decimal(spot ? quote : base).Decimal(quote);
    json.Text(closed ? "1" : "0").Close(']');
    return json.text();
}

void MarketFeed::OnCandle(const MarketEvent& event, const CandleMoment& moment) {
    const auto known = names_[event.symbol].candles.find(moment.interval_ms);
    if (known == names_[event.symbol].candles.end()) return;
    const auto& [channel, stream] = known->second;
    if (!Open(event.symbol, stream, FrameKind::kKline, channel)) return;
    const std::string row = CandleRow(event.symbol, moment.candle, moment.closed);
    json().Key("data").Open('[').Raw(row).Close(']').Close('}');
    Send(Concat("\"open\":\"", moment.candle.open_ms, "\""));
}

void MarketFeed::Row(
    const MarketEvent& event,
    std::uint32_t stream,
    FrameKind kind,
    std::string_view channel,
    std::string_view row
) {
    if (!Open(event.symbol, stream, kind, channel)) return;
    json().Key("data").Open('[').Raw(row).Close(']').Close('}');
    Send(Concat("\"ts\":\"", event.time_ms, "\""));
}

bool MarketFeed::Open(
    std::uint32_t symbol, std::uint32_t stream, FrameKind kind, std::string_view channel
) {
    if (!wanted(stream)) return false;
    Begin(symbol, stream, kind);
    WriteArg(channel, symbol);
    return true;
}

void MarketFeed::WriteArg(std::string_view channel, std::uint32_t symbol) {
    json().Open('{').Key("arg").Open('{').Text("channel", channel);
    json().Text("instId", instruments_[symbol].symbol).Close('}');
}

}  // namespace mp::sim::okx
