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
    const ParseError error = ReadObject(cursor, [&](std::string_view key) noexcept {
        if (key == "bids" || key == "asks") {
            row.sides = true;
            return TakeLevels(cursor, key == "bids" ? bids_ : asks_);
        }
        std::string_view value;
        if (!cursor.TakeValue(value)) return ParseError::kSyntax;
        if (key == "type") row.type = value;
        if (key == "timestamp") row.time = value;
        if (key == "change_id") row.last = value;
        if (key == "prev_change_id") row.previous = value;
        return ParseError::kNone;
    });
    if (error != ParseError::kNone) return error;
    // A side that is not there has nothing to say.
    return row.sides ? ParseError::kNone : ParseError::kMissing;
}

ParseError BookReader::Read(json::Cursor& cursor, EventBuilder& out) noexcept {
    Row row;
    const ParseError shape = ReadRow(cursor, row);
    if (shape != ParseError::kNone) return shape;
    Nanos time = 0;
    uint64_t last = 0;
    std::optional<uint64_t> previous;
    json::TokenReader reader;
    reader.Time(row.time, time).Unsigned(row.last, last).Unsigned(row.previous, previous);
    // Early messages have no type.
    const bool typed = !row.type.empty();
    const bool snapshot = typed ? row.type == "\"snapshot\"" : !previous;
    if (typed && !snapshot && row.type != "\"change\"") reader.Fail(ParseError::kType);
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
