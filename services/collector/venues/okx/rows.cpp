#include "collector/venues/okx/rows.hpp"

#include "collector/venues/json/side.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::okx {
namespace {

using json::Cursor;
using json::ReadMembers;
using json::TokenReader;
using json::Tokens;

// Members of interest, in the order in which OKX writes them; the enumerators index them.
namespace trade {
constexpr json::Names kNames = {"tradeId", "px", "sz", "side", "ts", "count", "seqId"};
enum : size_t { kTradeId, kPx, kSz, kSide, kTs, kCount, kSeqId };
}  // namespace trade

namespace ticker {
constexpr json::Names kNames = {
    "last", "open24h", "high24h", "low24h", "volCcy24h", "vol24h", "ts"};
enum : size_t { kLast, kOpen, kHigh, kLow, kVolCcy, kVol, kTs };
}  // namespace ticker

namespace candle {
constexpr size_t kColumns = 9;
enum : size_t { kOpenTime, kOpen, kHigh, kLow, kClose, kVol, kVolCcy, kVolQuote, kConfirm };
}  // namespace candle

namespace funding {
constexpr json::Names kNames = {"fundingRate", "fundingTime", "nextFundingRate", "ts"};
enum : size_t { kRate, kTime, kNextRate, kTs };
}  // namespace funding

namespace interest {
constexpr json::Names kNames = {"oi", "oiUsd", "ts"};
enum : size_t { kContracts, kUsd, kTs };
}  // namespace interest

namespace mark {
constexpr json::Names kNames = {"markPx", "ts"};
enum : size_t { kPx, kTs };
}  // namespace mark

namespace index_price {
constexpr json::Names kNames = {"idxPx", "ts"};
enum : size_t { kPx, kTs };
}  // namespace index_price

bool CountsBase(const EventBuilder& out) {
    return out.facts().quantity_unit == model::QuantityUnit::kBase;
}

}  // namespace

ParseError ReadTrade(Cursor& cursor, model::TradeIdSpace space, EventBuilder& out) noexcept {
    Tokens<trade::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, trade::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Trade>();
    Nanos time = 0;
    std::optional<uint64_t> count;
    std::optional<uint64_t> sequence;
    TokenReader reader;
    reader.Unsigned(row[trade::kTradeId], body.trade_id.number)
        .Decimal(row[trade::kPx], body.price)
        .Decimal(row[trade::kSz], body.quantity)
        .Fail(json::ReadSide(row[trade::kSide], json::kLowerCaseSides, body.side))
        .Time(row[trade::kTs], time)
        .Unsigned(row[trade::kCount], count)
        .Unsigned(row[trade::kSeqId], sequence);
    out.SetTime(time);
    body.id_space = space;
    body.sequence = sequence.value_or(0);
    body.quantity_unit = out.facts().quantity_unit;
    body.base_quantity = out.facts().BaseOf(body.quantity);
    // The id is that of the order's last fill.
    const uint64_t last = body.trade_id.number;
    uint64_t first = last;
    if (space == model::TradeIdSpace::kAggregate) {
        const uint64_t fills = count.value_or(1);
        if (fills == 0 || fills > last) reader.Fail(ParseError::kType);
        first = last - fills + 1;
        body.first_fill_id = first;
        body.last_fill_id = last;
    }
    const ChainLink link{first, last, std::nullopt};
    return out.Emit(reader.error(), &link);
}

ParseError ReadTicker(Cursor& cursor, EventBuilder& out) noexcept {
    Tokens<ticker::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, ticker::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Ticker>();
    Nanos time = 0;
    TokenReader reader;
    reader.Time(row[ticker::kTs], time)
        .Decimal(row[ticker::kLast], body.last_price)
        .Decimal(row[ticker::kOpen], body.open_price)
        .Decimal(row[ticker::kHigh], body.high_price)
        .Decimal(row[ticker::kLow], body.low_price)
        .Decimal(row[ticker::kVol], body.volume);
    body.quantity_unit = out.facts().quantity_unit;
    // Of contracts it counts the base asset.
    if (CountsBase(out)) reader.Decimal(row[ticker::kVolCcy], body.quote_volume);
    out.SetTime(time);
    return out.Emit(reader.error());
}

ParseError ReadCandle(Cursor& cursor, const Bar& bar, EventBuilder& out) noexcept {
    Tokens<candle::kColumns> row;
    size_t columns = 0;
    const ParseError shape = json::ReadColumns(cursor, row, &columns);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Kline>();
    TokenReader reader;
    reader.Time(row[candle::kOpenTime], body.open_time)
        .Decimal(row[candle::kOpen], body.open)
        .Decimal(row[candle::kHigh], body.high)
        .Decimal(row[candle::kLow], body.low)
        .Decimal(row[candle::kClose], body.close)
        .Decimal(row[candle::kVol], body.volume);
    body.quantity_unit = out.facts().quantity_unit;
    const bool by_currency = CountsBase(out) && columns <= candle::kVolQuote;
    reader.Decimal(row[by_currency ? candle::kVolCcy : candle::kVolQuote], body.quote_volume);
    body.closed = json::Unquoted(row[candle::kConfirm]) == "1";
    body.interval = bar.interval;
    body.close_time = CloseOf(bar, body.open_time);
    out.SetTime(std::nullopt);
    return out.Emit(reader.error());
}

ParseError ReadFunding(Cursor& cursor, EventBuilder& out) noexcept {
    Tokens<funding::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, funding::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::FundingRate>();
    std::optional<Nanos> time;
    TokenReader reader;
    reader.Decimal(row[funding::kRate], body.funding_rate)
        .Time(row[funding::kTime], body.next_funding_time)
        .Decimal(row[funding::kNextRate], body.estimated_rate)
        .Time(row[funding::kTs], time);
    if (!body.funding_rate && !body.estimated_rate) reader.Fail(ParseError::kMissing);
    out.SetTime(time);
    return out.Emit(reader.error());
}

ParseError ReadOpenInterest(Cursor& cursor, EventBuilder& out) noexcept {
    Tokens<interest::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, interest::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::OpenInterest>();
    Nanos time = 0;
    TokenReader reader;
    reader.Decimal(row[interest::kContracts], body.open_interest.emplace())
        .Time(row[interest::kTs], time);
    // A product that OKX writes with up to 20 decimals: where it is no Decimal it stays unknown.
    Decimal value;
    if (!json::IsAbsent(row[interest::kUsd])) {
        const ParseError error = json::ReadAnyDecimal(row[interest::kUsd], value);
        if (error == ParseError::kNone) body.open_interest_value = value;
        if (error != ParseError::kOverflow) reader.Fail(error);
    }
    body.quantity_unit = out.facts().quantity_unit;
    out.SetTime(time);
    return out.Emit(reader.error());
}

ParseError ReadMarkPrice(Cursor& cursor, EventBuilder& out) noexcept {
    Tokens<mark::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, mark::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::MarkPrice>();
    Nanos time = 0;
    TokenReader reader;
    reader.Decimal(row[mark::kPx], body.mark_price.emplace()).Time(row[mark::kTs], time);
    out.SetTime(time);
    return out.Emit(reader.error());
}

ParseError ReadIndexPrice(Cursor& cursor, EventBuilder& out) noexcept {
    Tokens<index_price::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, index_price::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::MarkPrice>();
    Nanos time = 0;
    TokenReader reader;
    reader.Decimal(row[index_price::kPx], body.index_price.emplace())
        .Time(row[index_price::kTs], time);
    out.SetTime(time);
    return out.Emit(reader.error());
}

}  // namespace mp::collector::okx
