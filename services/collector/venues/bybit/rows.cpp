#include "collector/venues/bybit/rows.hpp"

#include "collector/venues/json/side.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::bybit {
namespace {

using json::Cursor;
using json::kTitleCaseSides;
using json::ReadMembers;
using json::ReadSide;
using json::TokenReader;
using json::Tokens;

// Members of interest, in the order in which contracts have them; the enumerators index them.
namespace trade {
constexpr json::Names kNames = {"T", "S", "v", "p", "i", "seq"};
enum : size_t { kTime, kSide, kSize, kPrice, kId, kSequence };
}  // namespace trade

namespace kline {
constexpr json::Names kNames = {
    "start", "end", "open", "close", "high", "low", "volume", "turnover", "confirm", "timestamp"};
enum : size_t {
    kStart,
    kEnd,
    kOpen,
    kClose,
    kHigh,
    kLow,
    kVolume,
    kTurnover,
    kConfirm,
    kTimestamp
};
}  // namespace kline

namespace liquidation {
constexpr json::Names kNames = {"T", "S", "v", "p"};
enum : size_t { kTime, kSide, kSize, kPrice };
}  // namespace liquidation

}  // namespace

ParseError ReadTrade(Cursor& cursor, Nanos sent, EventBuilder& out) noexcept {
    Tokens<trade::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, trade::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Trade>();
    Nanos time = 0;
    std::optional<uint64_t> sequence;
    TokenReader reader;
    reader.Time(row[trade::kTime], time)
        .Fail(ReadSide(row[trade::kSide], kTitleCaseSides, body.side))
        .Decimal(row[trade::kSize], body.quantity)
        .Decimal(row[trade::kPrice], body.price)
        .Id(row[trade::kId], body.trade_id.text)
        .Unsigned(row[trade::kSequence], sequence);
    body.sequence = sequence.value_or(0);
    body.quantity_unit = out.facts().quantity_unit;
    out.SetTimes(time, sent);
    return out.Emit(reader.error());
}

ParseError ReadKline(Cursor& cursor, const Bar& bar, Nanos sent, EventBuilder& out) noexcept {
    Tokens<kline::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, kline::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Kline>();
    Nanos time = 0;
    TokenReader reader;
    reader.Time(row[kline::kStart], body.open_time)
        .Time(row[kline::kEnd], body.close_time)
        .Decimal(row[kline::kOpen], body.open)
        .Decimal(row[kline::kClose], body.close)
        .Decimal(row[kline::kHigh], body.high)
        .Decimal(row[kline::kLow], body.low)
        .Decimal(row[kline::kVolume], body.volume)
        .Decimal(row[kline::kTurnover], body.quote_volume)
        .Fail(json::ReadBool(row[kline::kConfirm], body.closed))
        .Time(row[kline::kTimestamp], time);
    body.interval = bar.interval;
    body.quantity_unit = out.facts().quantity_unit;
    out.SetTimes(time, sent);
    return out.Emit(reader.error());
}

ParseError ReadLiquidation(
    Cursor& cursor, Nanos sent, LiquidationOrdinals& ordinals, EventBuilder& out
) noexcept {
    Tokens<liquidation::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, liquidation::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Liquidation>();
    Nanos time = 0;
    model::Side position = model::Side::kUnspecified;
    TokenReader reader;
    reader.Time(row[liquidation::kTime], time)
        .Fail(ReadSide(row[liquidation::kSide], kTitleCaseSides, position))
        .Decimal(row[liquidation::kSize], body.quantity)
        .Decimal(row[liquidation::kPrice], body.price);
    // The venue says what was liquidated: a long position is sold.
    body.side = json::Opposite(position);
    body.instrument_type = out.facts().type;
    body.quantity_unit = out.facts().quantity_unit;
    out.SetTimes(time, sent);
    out.SetOrdinal(ordinals.Next(out.instrument(), time, body));
    return out.Emit(reader.error());
}

}  // namespace mp::collector::bybit
