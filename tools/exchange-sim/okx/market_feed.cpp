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

void WriteLevel(JsonWriter& json, std::int64_t price, std::int64_t quantity) {
    json.Open('[').Decimal(price).Decimal(quantity).Text("0");
    json.IntegerText(quantity == 0 ? 0 : 1 + quantity % 7).Close(']');
}

}  // namespace

MarketFeed::MarketFeed(
    const Market& market, Hub& hub, std::vector<Instrument> instruments, Wanted wanted, Out out
)
    : market_(market),
      hub_(hub),
      instruments_(std::move(instruments)),
      wanted_(std::move(wanted)),
      out_(std::move(out)) {
    for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
        const Instrument& instrument = instruments_[i];
        const auto stream = [&](std::string_view channel, std::string_view what) {
            const std::uint32_t number = hub_.StreamOf(StreamName(channel, what));
            hub_.SetSymbol(number, instrument.id);
            return number;
        };
        Names names;
        names.trades = stream("trades", instrument.id);
        names.trades_all = stream("trades-all", instrument.id);
        names.bbo = stream("bbo-tbt", instrument.id);
        names.tickers = stream("tickers", instrument.id);
        names.books5 = stream("books5", instrument.id);
        names.mark = stream("mark-price", instrument.id);
        names.interest = stream("open-interest", instrument.id);
        names.funding = stream("funding-rate", instrument.id);
        for (const std::string_view channel : {"books", "books-l2-tbt", "books50-l2-tbt"}) {
            const std::uint32_t number = stream(channel, instrument.id);
            books_[number] = {i, names.books.size()};
            names.books.push_back({number, channel, BookWindow(FindChannel(channel)->depth)});
            names.books.back().window.Reset(market_.symbols()[i].book);
        }
        for (const char* bar : {"1s", "1m", "3m", "5m", "15m", "30m", "1H", "2H", "4H", "1Dutc"}) {
            const std::string channel = Concat("candle", bar);
            names.candles[BarMillis(channel)] = {channel, stream(channel, instrument.id)};
        }
        names_.push_back(std::move(names));
    }
    liquidations_ = hub_.StreamOf(StreamName("liquidation-orders", "SWAP"));
}

std::vector<std::uint32_t> MarketFeed::PrimaryStreams(bool aggregate_trades) const {
    std::vector<std::uint32_t> streams;
    for (const Names& names : names_) {
        streams.push_back(aggregate_trades ? names.trades : names.trades_all);
        streams.push_back(names.books.front().stream);
        streams.push_back(names.bbo);
        streams.push_back(names.tickers);
        streams.push_back(names.candles.at(60'000).second);
    }
    return streams;
}

std::uint32_t MarketFeed::IndexOf(std::string_view id) const {
    std::uint32_t index = 0;
    while (index < instruments_.size() && instruments_[index].id != id) ++index;
    return index;
}

std::int64_t MarketFeed::BaseOf(std::uint32_t symbol, std::int64_t quantity) const {
    const std::int64_t contract = instruments_[symbol].contract_e8;
    return contract == 0 ? quantity : MultiplyE8(quantity, contract);
}

void MarketFeed::Publish(const MarketEvent& event) {
    std::visit([&](const auto& change) { Write(event, change); }, event.change);
}

std::string MarketFeed::TradeRow(std::uint32_t symbol, const TradeTick& trade) const {
    JsonWriter json;
    json.Open('{').Text("instId", instruments_[symbol].id).IntegerText("tradeId", trade.id);
    json.Decimal("px", trade.price).Decimal("sz", trade.quantity);
    json.Text("side", trade.taker_sells ? "sell" : "buy").Text("source", "0");
    json.IntegerText("ts", trade.time_ms).Close('}');
    return json.text();
}

void MarketFeed::Write(const MarketEvent& event, const TradeTick& trade) {
    const std::uint32_t stream = names_[event.symbol].trades_all;
    if (!Begin(event.symbol, stream, FrameKind::kTrade, "trades-all")) return;
    json_.Key("data").Open('[').Raw(TradeRow(event.symbol, trade)).Close(']').Close('}');
    Send(out_, Concat("\"tradeId\":", trade.id));
}

void MarketFeed::Write(const MarketEvent& event, const AggregateTrade& trade) {
    const std::uint32_t stream = names_[event.symbol].trades;
    if (!Begin(event.symbol, stream, FrameKind::kTrade, "trades")) return;
    json_.Key("data").Open('[').Open('{').Text("instId", instruments_[event.symbol].id);
    json_.IntegerText("tradeId", trade.last_trade).Decimal("px", trade.price);
    json_.Decimal("sz", trade.quantity).Text("side", trade.taker_sells ? "sell" : "buy");
    json_.IntegerText("ts", trade.time_ms);
    json_.IntegerText("count", trade.last_trade - trade.first_trade + 1).Text("source", "0");
    const auto sequence = market_.symbols()[event.symbol].book.update_id();
    json_.Integer("seqId", static_cast<std::int64_t>(sequence));
    json_.Close('}').Close(']').Close('}');
    Send(out_, Concat("\"tradeId\":", trade.last_trade));
}

void MarketFeed::Write(const MarketEvent& event, const BestQuote& quote) {
    if (!Begin(event.symbol, names_[event.symbol].bbo, FrameKind::kBbo, "bbo-tbt")) return;
    json_.Key("data").Open('[').Open('{').Key("asks").Open('[');
    WriteLevel(json_, quote.ask, quote.ask_quantity);
    json_.Close(']').Key("bids").Open('[');
    WriteLevel(json_, quote.bid, quote.bid_quantity);
    json_.Close(']').IntegerText("ts", event.time_ms);
    json_.Integer("seqId", static_cast<std::int64_t>(quote.update_id));
    json_.Close('}').Close(']').Close('}');
    Send(out_, Concat("\"seqId\":", quote.update_id));
}

void MarketFeed::Write(const MarketEvent& event, const DepthChange& change) {
    if (!change.fast) return;
    for (Book& book : names_[event.symbol].books) {
        if (wanted_(book.stream)) PublishBook(event.symbol, book, event.time_ms);
    }
}

void MarketFeed::PublishBook(std::uint32_t symbol, Book& book, std::int64_t time_ms) {
    const Market::Symbol& state = market_.symbols()[symbol];
    if (!book.window.Advance(state.book, step_)) return;
    Begin(symbol, book.stream, FrameKind::kBookDelta, book.channel);
    json_.Text("action", "update").Key("data").Open('[').Open('{');
    const auto side = [&](std::string_view name, const std::vector<BookWindow::Change>& changes) {
        json_.Key(name).Open('[');
        for (const BookWindow::Change& change : changes) {
            WriteLevel(json_, state.price(change.price), state.quantity(change.quantity));
        }
        json_.Close(']');
    };
    side("asks", step_.asks);
    side("bids", step_.bids);
    json_.IntegerText("ts", time_ms).Integer("checksum", ChecksumOf(state, book.window));
    json_.Integer("prevSeqId", static_cast<std::int64_t>(step_.previous));
    json_.Integer("seqId", static_cast<std::int64_t>(step_.last));
    json_.Close('}').Close(']').Close('}');
    Send(out_, Concat("\"prevSeqId\":", step_.previous, ",\"seqId\":", step_.last));
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

void MarketFeed::Snapshot(std::uint32_t stream, const Out& out) {
    const auto known = books_.find(stream);
    if (known == books_.end()) return;
    const auto [symbol, which] = known->second;
    Book& book = names_[symbol].books[which];
    const Market::Symbol& state = market_.symbols()[symbol];
    if (wanted_(stream)) {
        PublishBook(symbol, book, WallMillis());
    } else {
        book.window.Reset(state.book);
    }
    Begin(symbol, stream, FrameKind::kBookSnapshot, book.channel);
    json_.Text("action", "snapshot").Key("data").Open('[').Open('{');
    const auto side = [&](std::string_view name, const std::vector<BookLevel>& levels) {
        json_.Key(name).Open('[');
        for (const auto& [price, quantity] : levels) {
            WriteLevel(json_, state.price(price), state.quantity(quantity));
        }
        json_.Close(']');
    };
    side("asks", book.window.asks());
    side("bids", book.window.bids());
    json_.IntegerText("ts", WallMillis()).Integer("checksum", ChecksumOf(state, book.window));
    json_.Integer("seqId", static_cast<std::int64_t>(book.window.last())).Integer("prevSeqId", -1);
    json_.Close('}').Close(']').Close('}');
    Send(out, Concat("\"prevSeqId\":-1,\"seqId\":", book.window.last()));
}

void MarketFeed::RestartIds(std::uint32_t stream) {
    const auto known = books_.find(stream);
    if (known != books_.end()) {
        names_[known->second.first].books[known->second.second].window.RestartIds();
    }
}

std::string MarketFeed::BookRow(std::uint32_t symbol, std::size_t depth) const {
    const Market::Symbol& state = market_.symbols()[symbol];
    JsonWriter json;
    json.Open('{');
    for (const BookSide side : {BookSide::kAsk, BookSide::kBid}) {
        json.Key(side == BookSide::kAsk ? "asks" : "bids").Open('[');
        for (const auto& [price, quantity] : state.book.Top(side, depth)) {
            WriteLevel(json, state.price(price), state.quantity(quantity));
        }
        json.Close(']');
    }
    const std::uint64_t id = names_[symbol].books.front().window.IdOf(state.book);
    json.IntegerText("ts", WallMillis()).Integer("seqId", static_cast<std::int64_t>(id));
    json.Close('}');
    return json.text();
}

void MarketFeed::Write(const MarketEvent& event, const DepthTop& top) {
    if (!top.fast) return;
    const std::uint32_t stream = names_[event.symbol].books5;
    if (!Begin(event.symbol, stream, FrameKind::kBookTop, "books5")) return;
    json_.Key("data").Open('[').Raw(BookRow(event.symbol, 5)).Close(']').Close('}');
    Send(out_, Concat("\"ts\":\"", event.time_ms, "\""));
}

std::string MarketFeed::TickerRow(std::uint32_t symbol, std::int64_t time_ms) const {
    const Market::Symbol& state = market_.symbols()[symbol];
    const Instrument& instrument = instruments_[symbol];
    const Candle day = RollingDay(state, time_ms);
    const BestQuote best = state.best();
    const bool spot = instrument.type == "SPOT";
    JsonWriter json;
    json.Open('{').Text("instType", instrument.type).Text("instId", instrument.id);
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

void MarketFeed::Write(const MarketEvent& event, const TickerMoment&) {
    const Names& names = names_[event.symbol];
    if (wanted_(names.tickers)) {
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
        if (!wanted_(stream)) return;
        Row(event, stream, kind, channel, (this->*make)(event.symbol, event.time_ms));
    };
    row(names.mark, FrameKind::kMarkPrice, "mark-price", &MarketFeed::MarkRow);
    if (second % 3 == 0) {
        row(names.interest, FrameKind::kOpenInterest, "open-interest", &MarketFeed::InterestRow);
    }
    if (second % 10 == 0) {
        row(names.funding, FrameKind::kFundingRate, "funding-rate", &MarketFeed::FundingRow);
    }
    if ((second + event.symbol) % 7 == 0) WriteLiquidation(event);
}

std::string MarketFeed::MarkRow(std::uint32_t symbol, std::int64_t time_ms) const {
    const BestQuote best = market_.symbols()[symbol].best();
    JsonWriter json;
    json.Open('{').Text("instId", instruments_[symbol].id);
    json.Text("instType", instruments_[symbol].type).Decimal("markPx", (best.bid + best.ask) / 2);
    json.IntegerText("ts", time_ms).Close('}');
    return json.text();
}

std::string MarketFeed::InterestRow(std::uint32_t symbol, std::int64_t time_ms) const {
    const Market::Symbol& state = market_.symbols()[symbol];
    const std::int64_t contracts = (500'000 + state.next_trade_id % 1000) * kE8;
    const std::int64_t base = BaseOf(symbol, contracts);
    JsonWriter json;
    json.Open('{').Text("instId", instruments_[symbol].id);
    json.Text("instType", instruments_[symbol].type).Decimal("oi", contracts);
    json.Decimal("oiCcy", base).Decimal("oiUsd", MultiplyE8(base, state.best().bid));
    json.IntegerText("ts", time_ms).Close('}');
    return json.text();
}

std::string MarketFeed::FundingRow(std::uint32_t symbol, std::int64_t time_ms) const {
    const std::int64_t next = (time_ms / kFundingPeriod + 1) * kFundingPeriod;
    JsonWriter json;
    json.Open('{').Decimal("fundingRate", FundingRateAt(time_ms));
    json.IntegerText("fundingTime", next).Text("instId", instruments_[symbol].id);
    json.Text("instType", instruments_[symbol].type).Text("method", "current_period");
    json.Text("maxFundingRate", "0.00375").Text("minFundingRate", "-0.00375");
    json.Text("nextFundingRate", "").IntegerText("nextFundingTime", next + kFundingPeriod);
    json.Text("premium", "0.00001").Decimal("settFundingRate", FundingRateAt(time_ms));
    json.Text("settState", "settled").IntegerText("ts", time_ms).Close('}');
    return json.text();
}

void MarketFeed::WriteLiquidation(const MarketEvent& event) {
    const Market::Symbol& state = market_.symbols()[event.symbol];
    if (state.trades.empty() || !wanted_(liquidations_)) return;
    const TradeTick& trade = state.trades.back();
    const Instrument& instrument = instruments_[event.symbol];
    frame_ = {};
    frame_.stream = liquidations_;
    frame_.kind = FrameKind::kLiquidation;
    frame_.stream_name = hub_.Name(liquidations_);
    frame_.symbol = instrument.id;
    json_.Clear();
    json_.Open('{').Key("arg").Open('{').Text("channel", "liquidation-orders");
    json_.Text("instType", "SWAP").Close('}').Key("data").Open('[').Open('{');
    json_.Key("details").Open('[').Open('{').Text("bkLoss", "0").Decimal("bkPx", trade.price);
    json_.Text("ccy", "").Text("posSide", trade.taker_sells ? "long" : "short");
    json_.Text("side", trade.taker_sells ? "sell" : "buy").Decimal("sz", trade.quantity);
    json_.IntegerText("ts", event.time_ms).Close('}').Close(']');
    json_.Text("instFamily", instrument.family()).Text("instId", instrument.id);
    json_.Text("instType", "SWAP").Text("uly", instrument.family());
    json_.Close('}').Close(']').Close('}');
    Send(out_, Concat("\"ts\":\"", event.time_ms, "\""));
}

std::string MarketFeed::CandleRow(std::uint32_t symbol, const Candle& candle, bool closed) const {
    const bool spot = instruments_[symbol].type == "SPOT";
    const std::int64_t quote =
        spot ? candle.quote_volume
             : MultiplyE8(candle.quote_volume, instruments_[symbol].contract_e8);
    JsonWriter json;
    json.Open('[').IntegerText(candle.open_ms).Decimal(candle.open).Decimal(candle.high);
    json.Decimal(candle.low).Decimal(candle.close).Decimal(candle.volume);
    json.Decimal(spot ? quote : BaseOf(symbol, candle.volume)).Decimal(quote);
    json.Text(closed ? "1" : "0").Close(']');
    return json.text();
}

void MarketFeed::Write(const MarketEvent& event, const CandleMoment& moment) {
    const auto known = names_[event.symbol].candles.find(moment.interval_ms);
    if (known == names_[event.symbol].candles.end()) return;
    const auto& [channel, stream] = known->second;
    if (!Begin(event.symbol, stream, FrameKind::kKline, channel)) return;
    const std::string row = CandleRow(event.symbol, moment.candle, moment.closed);
    json_.Key("data").Open('[').Raw(row).Close(']').Close('}');
    Send(out_, Concat("\"open\":\"", moment.candle.open_ms, "\""));
}

void MarketFeed::Row(
    const MarketEvent& event,
    std::uint32_t stream,
    FrameKind kind,
    std::string_view channel,
    std::string_view row
) {
    if (!Begin(event.symbol, stream, kind, channel)) return;
    json_.Key("data").Open('[').Raw(row).Close(']').Close('}');
    Send(out_, Concat("\"ts\":\"", event.time_ms, "\""));
}

bool MarketFeed::Begin(
    std::uint32_t symbol, std::uint32_t stream, FrameKind kind, std::string_view channel
) {
    if (kind != FrameKind::kBookSnapshot && !wanted_(stream)) return false;
    frame_ = {};
    frame_.stream = stream;
    frame_.kind = kind;
    frame_.stream_name = hub_.Name(stream);
    frame_.symbol = instruments_[symbol].id;
    json_.Clear();
    json_.Open('{').Key("arg").Open('{').Text("channel", channel);
    json_.Text("instId", instruments_[symbol].id).Close('}');
    return true;
}

void MarketFeed::Send(const Out& out, std::string_view identity) {
    frame_.wrapped = json_.text();
    frame_.payload_size = static_cast<std::uint32_t>(json_.text().size());
    frame_.identity = identity;
    out(frame_);
}

}  // namespace mp::sim::okx
