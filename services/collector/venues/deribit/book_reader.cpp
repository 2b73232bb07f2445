#include "collector/venues/deribit/book_reader.hpp"

#include "collector/venues/deribit/levels.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::deribit {

BookReader::BookReader() {
    bids_.reserve(2000);
    asks_.reserve(2000);
}

// As ReadMembers, with the sides read on the way.
ParseError BookReader::ReadRow(json::Cursor& cursor, Row& row) noexcept {
    bids_.clear();
    asks_.clear();
    bool sides = false;
    const ParseError error = ReadObject(cursor, kNames, [&](size_t at) noexcept {
        if (at == kBids || at == kAsks) {
            sides = true;
            return TakeLevels(cursor, at == kBids ? bids_ : asks_);
        }
        return cursor.TakeValue(row[at]) ? ParseError::kNone : ParseError::kSyntax;
    });
    if (error != ParseError::kNone) return error;
    // A side that is not there has nothing to say.
    return sides ? ParseError::kNone : ParseError::kMissing;
}

ParseError BookReader::Read(json::Cursor& cursor, EventBuilder& out) noexcept {
    Row row;
    const ParseError shape = ReadRow(cursor, row);
    if (shape != ParseError::kNone) return shape;
    Nanos time = 0;
    uint64_t last = 0;
    std::optional<uint64_t> previous;
    json::TokenReader reader;
    reader.Time(row[kTime], time).Unsigned(row[kLast], last).Unsigned(row[kPrevious], previous);
    // Early messages have no type.
    const bool typed = !row[kType].empty();
    const bool snapshot = typed ? row[kType] == "\"snapshot\"" : !previous;
    if (typed && !snapshot && row[kType] != "\"change\"") reader.Fail(ParseError::kType);
    if (!snapshot && !previous) reader.Fail(ParseError::kMissing);
    if (reader.error() != ParseError::kNone) return reader.error();
    out.SetTime(time);
    return snapshot ? Snapshot(last, out) : Change(*previous, last, out);
}

ParseError BookReader::Snapshot(uint64_t last, EventBuilder& out) noexcept {
    auto& body = out.New<model::BookSnapshot>();
    body.bids = bids_;
    body.asks = asks_;
    body.last_update_id = last;
    body.quantity_unit = out.facts().quantity_unit;
    const ChainLink link{last, last, std::nullopt};
    return out.Emit(ParseError::kNone, &link);
}

ParseError BookReader::Change(uint64_t previous, uint64_t last, EventBuilder& out) noexcept {
    auto& body = out.New<model::BookDelta>();
    body.bids = bids_;
    body.asks = asks_;
    body.first_update_id = previous;
    body.previous_update_id = previous;
    body.last_update_id = last;
    body.quantity_unit = out.facts().quantity_unit;
    const ChainLink link{previous, last, previous};
    return out.Emit(ParseError::kNone, &link);
}

}  // namespace mp::collector::deribit
