#include "collector/venues/deribit/rows.hpp"

#include <string_view>

#include "collector/venues/json/side.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::deribit {
namespace {

using json::Cursor;
using json::ReadMembers;
using json::TokenReader;
using json::Tokens;

// Members of interest, roughly in the order in which Deribit writes them; the enumerators index
// them.
namespace trade {
constexpr json::Names kNames = {
    "trade_seq", "trade_id", "timestamp", "price", "direction", "amount", "liquidation"};
enum : size_t { kSeq, kId, kTime, kPrice, kDirection, kAmount, kLiquidation };
}  // namespace trade

namespace quote {
constexpr json::Names kNames = {
    "timestamp", "best_bid_price", "best_bid_amount", "best_ask_price", "best_ask_amount"};
enum : size_t { kTime, kBid, kBidAmount, kAsk, kAskAmount };
}  // namespace quote

namespace ticker {
constexpr json::Names kNames = {
    "timestamp",
    "stats",
    "index_price",
    "last_price",
    "open_interest",
    "mark_price",
    "current_funding"};
enum : size_t { kTime, kStats, kIndex, kLast, kInterest, kMark, kFunding };
}  // namespace ticker

namespace stats {
constexpr json::Names kNames = {"high", "low", "volume", "volume_usd", "volume_notional"};
enum : size_t { kHigh, kLow, kVolume, kVolumeUsd, kVolumeNotional };
}  // namespace stats

namespace chart {
constexpr json::Names kNames = {"volume", "tick", "open", "low", "high", "cost", "close"};
enum : size_t { kVolume, kTick, kOpen, kLow, kHigh, kCost, kClose };
}  // namespace chart

// "T": the taker was liquidated, "M": the maker, "MT": both, told as the taker's.
void EmitLiquidation(const model::Trade& fill, std::string_view whose, EventBuilder& out) noexcept {
    auto& body = out.New<model::Liquidation>();
    body.liquidation_id = fill.trade_id.text;
    body.side = whose == "M" ? json::Opposite(fill.side) : fill.side;
    body.price = fill.price;
    body.quantity = fill.quantity;
    body.quantity_unit = fill.quantity_unit;
    body.instrument_type = out.facts().type;
    out.Emit(ParseError::kNone);
}

// Nothing is quoted where the amount is 0 or null.
void DropUnquoted(std::optional<Decimal>& price, std::optional<Decimal>& quantity) {
    if (price && quantity && !quantity->IsZero()) return;
    price.reset();
    quantity.reset();
}

struct TickerRow {
    std::string_view time;
    std::optional<Decimal> figures[ticker::kNames.size()];
    std::optional<Decimal> high, low, volume;  // of the last 24 hours
    std::string_view volume_usd, volume_notional;
};

ParseError TakeToken(Cursor& cursor, std::string_view& token) noexcept {
    return cursor.TakeValue(token) ? ParseError::kNone : ParseError::kSyntax;
}

ParseError ReadStatistics(Cursor& cursor, TickerRow& row) noexcept {
    std::string_view none;
    // Null where there are none.
    if (cursor.Peek() == 'n') return TakeToken(cursor, none);
    return ReadObject(cursor, stats::kNames, [&](size_t at) noexcept {
        if (at == stats::kHigh) return TakeDecimal(cursor, row.high);
        if (at == stats::kLow) return TakeDecimal(cursor, row.low);
        if (at == stats::kVolume) return TakeDecimal(cursor, row.volume);
        // Only one of these is of interest.
        return TakeToken(cursor, at == stats::kVolumeUsd ? row.volume_usd : row.volume_notional);
    });
}

ParseError ReadTickerRow(Cursor& cursor, TickerRow& row) noexcept {
    return ReadObject(cursor, ticker::kNames, [&](size_t at) noexcept {
        if (at == ticker::kStats) return ReadStatistics(cursor, row);
        if (at == ticker::kTime) return TakeToken(cursor, row.time);
        return TakeDecimal(cursor, row.figures[at]);
    });
}

ParseError EmitStatistics(const TickerRow& row, TokenReader& reader, EventBuilder& out) noexcept {
    auto& body = out.New<model::Ticker>();
    body.last_price = row.figures[ticker::kLast];
    body.high_price = row.high;
    body.low_price = row.low;
    body.volume = row.volume;
    // Contracts of a fixed value in US dollars are quoted in them.
    const bool dollars = out.facts().quantity_unit == model::QuantityUnit::kQuote;
    const bool notional = !json::IsAbsent(row.volume_notional);
    if (notional || dollars) {
        reader.Decimal(notional ? row.volume_notional : row.volume_usd, body.quote_volume);
    }
    return out.Emit(reader.error());
}

// It accrues all the time: there is no next time.
void EmitFunding(const Decimal& rate, const model::MarkPrice& mark, EventBuilder& out) noexcept {
    auto& body = out.New<model::FundingRate>();
    body.funding_rate = rate;
    body.mark_price = mark.mark_price;
    body.index_price = mark.index_price;
    if (mark.mark_price && mark.index_price) {
        body.premium_index = Subtract(*mark.mark_price, *mark.index_price);
    }
    out.Emit(ParseError::kNone);
}

}  // namespace

ParseError ReadTrade(Cursor& cursor, EventBuilder& out) noexcept {
    Tokens<trade::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, trade::kNames, row);
    if (shape != ParseError::kNone) return shape;
    model::Trade fill;
    Nanos time = 0;
    TokenReader reader;
    reader.Unsigned(row[trade::kSeq], fill.sequence)
        .Id(row[trade::kId], fill.trade_id.text)
        .Time(row[trade::kTime], time)
        .Decimal(row[trade::kPrice], fill.price)
        .Decimal(row[trade::kAmount], fill.quantity)
        .Fail(json::ReadSide(row[trade::kDirection], json::kLowerCaseSides, fill.side));
    fill.quantity_unit = out.facts().quantity_unit;
    out.SetTime(time);
    out.New<model::Trade>() = fill;
    const ChainLink link{fill.sequence, fill.sequence, std::nullopt};
    const ParseError error = out.Emit(reader.error(), &link);
    if (error != ParseError::kNone || json::IsAbsent(row[trade::kLiquidation])) return error;
    EmitLiquidation(fill, json::Unquoted(row[trade::kLiquidation]), out);
    return error;
}

ParseError ReadQuote(Cursor& cursor, EventBuilder& out) noexcept {
    Tokens<quote::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, quote::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Bbo>();
    Nanos time = 0;
    TokenReader reader;
    reader.Time(row[quote::kTime], time)
        .Decimal(row[quote::kBid], body.bid_price)
        .Decimal(row[quote::kBidAmount], body.bid_quantity)
        .Decimal(row[quote::kAsk], body.ask_price)
        .Decimal(row[quote::kAskAmount], body.ask_quantity);
    DropUnquoted(body.bid_price, body.bid_quantity);
    DropUnquoted(body.ask_price, body.ask_quantity);
    body.quantity_unit = out.facts().quantity_unit;
    out.SetTime(time);
    return out.Emit(reader.error());
}

ParseError ReadTicker(Cursor& cursor, EventBuilder& out) noexcept {
    TickerRow row;
    const ParseError shape = ReadTickerRow(cursor, row);
    if (shape != ParseError::kNone) return shape;
    Nanos time = 0;
    TokenReader reader;
    reader.Time(row.time, time);
    out.SetTime(time);
    const ParseError error = EmitStatistics(row, reader, out);
    if (error != ParseError::kNone) return error;
    const model::MarkPrice mark{row.figures[ticker::kMark], row.figures[ticker::kIndex]};
    if (mark.mark_price || mark.index_price) {
        out.New<model::MarkPrice>() = mark;
        out.Emit(error);
    }
    if (row.figures[ticker::kInterest]) {
        auto& body = out.New<model::OpenInterest>();
        body.open_interest = row.figures[ticker::kInterest];
        body.quantity_unit = out.facts().quantity_unit;
        out.Emit(error);
    }
    const std::optional<Decimal>& funding = row.figures[ticker::kFunding];
    if (funding) EmitFunding(*funding, mark, out);
    return error;
}

ParseError ReadBar(Cursor& cursor, const Bar& bar, EventBuilder& out) noexcept {
    Tokens<chart::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, chart::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Kline>();
    TokenReader reader;
    reader.Time(row[chart::kTick], body.open_time)
        .Decimal(row[chart::kOpen], body.open)
        .Decimal(row[chart::kHigh], body.high)
        .Decimal(row[chart::kLow], body.low)
        .Decimal(row[chart::kClose], body.close)
        .Decimal(row[chart::kVolume], body.volume)
        .Decimal(row[chart::kCost], body.quote_volume);
    body.interval = bar.interval;
    body.close_time = CloseOf(bar, body.open_time);
    out.SetTime(std::nullopt);
    return out.Emit(reader.error());
}

}  // namespace mp::collector::deribit
