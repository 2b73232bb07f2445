#include "collector/venues/okx/liquidation_reader.hpp"

#include "collector/venues/json/side.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::okx {
namespace {

using json::Cursor;
using json::ReadMembers;

constexpr json::Names kNames = {"details", "instId"};
enum : size_t { kDetails, kInstId };

constexpr json::Names kOrderNames = {"bkPx", "side", "sz", "ts"};
enum : size_t { kPx, kSide, kSz, kTs };

}  // namespace

ParseError LiquidationReader::Read(
    Cursor& cursor, EventBuilder& out, InstrumentId& instrument
) noexcept {
    json::Tokens<kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, kNames, row);
    if (shape != ParseError::kNone) return shape;
    if (row[kInstId].empty()) return ParseError::kMissing;
    instrument = symbols_.Find(json::Unquoted(row[kInstId]));
    if (instrument == kNoInstrument) return ParseError::kNone;
    out.Select(instrument, symbols_.FactsOf(instrument));
    if (row[kDetails].empty()) return ParseError::kMissing;
    Cursor orders(row[kDetails]);
    return ReadArray(orders, [&]() noexcept { return ReadOrder(orders, out); });
}

ParseError LiquidationReader::ReadOrder(Cursor& cursor, EventBuilder& out) noexcept {
    json::Tokens<kOrderNames.size()> row;
    const ParseError shape = ReadMembers(cursor, kOrderNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Liquidation>();
    Nanos time = 0;
    json::TokenReader reader;
    reader.Decimal(row[kPx], body.price)
        .Decimal(row[kSz], body.quantity)
        .Fail(json::ReadSide(row[kSide], json::kLowerCaseSides, body.side))
        .Time(row[kTs], time);
    body.instrument_type = out.facts().type;
    body.quantity_unit = out.facts().quantity_unit;
    body.base_quantity = out.facts().BaseOf(body.quantity);
    out.SetTime(time);
    out.SetOrdinal(ordinals_.Next(out.instrument(), time, body));
    return out.Emit(reader.error());
}

}  // namespace mp::collector::okx
