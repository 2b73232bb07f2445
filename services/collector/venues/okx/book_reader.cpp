#include "collector/venues/okx/book_reader.hpp"

#include "collector/venues/json/levels.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/okx/checksum.hpp"

namespace mp::collector::okx {
namespace {

using json::Cursor;
using json::TokenReader;

// The best level of a side with one level; nothing of an empty one.
void TakeBest(
    const std::vector<model::Level>& side,
    std::optional<Decimal>& price,
    std::optional<Decimal>& quantity
) {
    price.reset();
    quantity.reset();
    if (side.empty()) return;
    price = side.front().price;
    quantity = side.front().quantity;
}

// 0 means that there is none.
std::optional<uint32_t> ChecksumOf(int64_t value, bool plain) noexcept {
    if (value == 0 || !plain) return std::nullopt;
    return static_cast<uint32_t>(value);
}

}  // namespace

BookReader::BookReader() {
    bids_.reserve(400);
    asks_.reserve(400);
}

// As ReadMembers, with the sides read on the way.
ParseError BookReader::ReadRow(Cursor& cursor, Row& row) noexcept {
    const ParseError error = ReadObject(cursor, kNames, [&](size_t at) noexcept {
        if (at == kAsks) return ReadSide(cursor, asks_, row[kAsks]);
        if (at == kBids) return ReadSide(cursor, bids_, row[kBids]);
        return cursor.TakeValue(row[at]) ? ParseError::kNone : ParseError::kSyntax;
    });
    if (error != ParseError::kNone) return error;
    return row[kAsks].empty() || row[kBids].empty() ? ParseError::kMissing : ParseError::kNone;
}

ParseError BookReader::ReadSide(
    Cursor& cursor, std::vector<model::Level>& side, std::string_view& text
) noexcept {
    (void)cursor.Peek();
    const char* begin = cursor.position();
    const ParseError error = json::TakeLevels(cursor, side);
    text = std::string_view(begin, static_cast<size_t>(cursor.position() - begin));
    return error;
}

ParseError BookReader::ReadBook(
    Cursor& cursor, std::string_view action, EventBuilder& out
) noexcept {
    Row row;
    const ParseError shape = ReadRow(cursor, row);
    if (shape != ParseError::kNone) return shape;
    Nanos time = 0;
    Numbers numbers;
    TokenReader reader;
    reader.Time(row[kTime], time);
    if (!row[kLast].empty()) reader.Unsigned(row[kLast], numbers.last);
    if (!row[kPrevious].empty()) reader.Signed(row[kPrevious], numbers.previous);
    if (!row[kChecksum].empty()) reader.Signed(row[kChecksum], numbers.checksum);
    if (reader.error() != ParseError::kNone) return reader.error();
    out.SetTime(time);
    if (action == "\"snapshot\"") return Snapshot(row, numbers, out);
    if (action == "\"update\"") return Update(row, numbers, out);
    return action.empty() ? ParseError::kMissing : ParseError::kType;
}

ParseError BookReader::Snapshot(
    const Row& row, const Numbers& numbers, EventBuilder& out
) noexcept {
    Flow& flow = FlowOf(out.instrument());
    if (numbers.checksum != 0) flow.plain = IsPlain(row[kBids]) && IsPlain(row[kAsks]);
    auto& body = out.New<model::BookSnapshot>();
    body.bids = bids_;
    body.asks = asks_;
    body.last_update_id = numbers.last;
    body.quantity_unit = out.facts().quantity_unit;
    ChainLink link{numbers.last, numbers.last, std::nullopt};
    link.checksum = ChecksumOf(numbers.checksum, flow.plain);
    return out.Emit(ParseError::kNone, &link);
}

ParseError BookReader::Update(const Row& row, const Numbers& numbers, EventBuilder& out) noexcept {
    Flow& flow = FlowOf(out.instrument());
    const bool numbered = numbers.Numbered();
    const auto previous = static_cast<uint64_t>(numbers.previous);
    // A sign of life, no event.
    const bool empty = bids_.empty() && asks_.empty();
    if (empty && (!numbered || previous == numbers.last)) return ParseError::kNone;
    auto& body = out.New<model::BookDelta>();
    body.bids = bids_;
    body.asks = asks_;
    body.quantity_unit = out.facts().quantity_unit;
    if (numbered) {
        body.first_update_id = previous;
        body.previous_update_id = previous;
        body.last_update_id = numbers.last;
    }
    if (numbers.checksum != 0 && flow.plain)
        flow.plain = IsPlain(row[kBids]) && IsPlain(row[kAsks]);
    ChainLink link{body.first_update_id, body.last_update_id, body.previous_update_id};
    link.checksum = ChecksumOf(numbers.checksum, flow.plain);
    const bool proves = numbered || link.checksum;
    return out.Emit(ParseError::kNone, proves ? &link : nullptr);
}

ParseError BookReader::ReadBestQuote(Cursor& cursor, EventBuilder& out) noexcept {
    Row row;
    const ParseError shape = ReadRow(cursor, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Bbo>();
    Nanos time = 0;
    TokenReader reader;
    reader.Time(row[kTime], time);
    if (!row[kLast].empty()) reader.Unsigned(row[kLast], body.update_id);
    out.SetTime(time);
    TakeBest(bids_, body.bid_price, body.bid_quantity);
    TakeBest(asks_, body.ask_price, body.ask_quantity);
    body.quantity_unit = out.facts().quantity_unit;
    return out.Emit(reader.error());
}

BookReader::Flow& BookReader::FlowOf(InstrumentId instrument) noexcept {
    if (instrument >= flows_.size()) flows_.resize(instrument + 1);
    return flows_[instrument];
}

}  // namespace mp::collector::okx
