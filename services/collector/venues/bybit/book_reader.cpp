#include "collector/venues/bybit/book_reader.hpp"

#include "collector/venues/json/levels.hpp"

namespace mp::collector::bybit {
namespace {

constexpr json::Names kNames = {"b", "a", "u"};
enum : size_t { kBids, kAsks, kId };

// A best quote's side: an empty one has not changed, a quantity of 0 takes it away.
void TakeBest(
    const std::vector<model::Level>& side,
    std::optional<Decimal>& price,
    std::optional<Decimal>& quantity
) noexcept {
    for (const model::Level& level : side) {
        if (!level.quantity.IsZero()) {
            price = level.price;
            quantity = level.quantity;
            return;
        }
        if (price == level.price) {
            price.reset();
            quantity.reset();
        }
    }
}

}  // namespace

BookReader::BookReader() {
    bids_.reserve(1000);
    asks_.reserve(1000);
}

ParseError BookReader::Read(json::Cursor& cursor) noexcept {
    bool bids = false;
    bool asks = false;
    id_ = {};
    const ParseError error = ReadObject(cursor, kNames, [&](size_t at) noexcept {
        if (at == kId) return cursor.TakeValue(id_) ? ParseError::kNone : ParseError::kSyntax;
        (at == kBids ? bids : asks) = true;
        return json::TakeLevels(cursor, at == kBids ? bids_ : asks_);
    });
    if (error != ParseError::kNone) return error;
    return bids && asks ? ParseError::kNone : ParseError::kMissing;
}

// Before 2023-11 there was no "cts".
ParseError BookReader::ReadNumbers(const Header& header, Numbers& numbers) const noexcept {
    std::optional<Nanos> engine;
    json::TokenReader reader;
    reader.Time(header.sent, numbers.sent).Time(header.engine, engine).Unsigned(id_, numbers.id);
    numbers.happened = engine.value_or(numbers.sent);
    return reader.error();
}

ParseError BookReader::EmitBook(const Header& header, EventBuilder& out) noexcept {
    Numbers numbers;
    const ParseError error = ReadNumbers(header, numbers);
    if (error != ParseError::kNone) return error;
    out.SetTimes(numbers.happened, numbers.sent);
    // The id 1 is the whole book, whatever the message calls itself.
    if (header.IsSnapshot() || numbers.id == 1) return EmitSnapshot(numbers, out);
    return header.IsDelta() ? EmitDelta(numbers, out) : header.TypeError();
}

ParseError BookReader::EmitSnapshot(const Numbers& numbers, EventBuilder& out) noexcept {
    auto& body = out.New<model::BookSnapshot>();
    body.bids = bids_;
    body.asks = asks_;
    body.last_update_id = numbers.id;
    body.quantity_unit = out.facts().quantity_unit;
    const ChainLink link{numbers.id, numbers.id, std::nullopt};
    return out.Emit(ParseError::kNone, &link);
}

ParseError BookReader::EmitDelta(const Numbers& numbers, EventBuilder& out) noexcept {
    auto& body = out.New<model::BookDelta>();
    body.bids = bids_;
    body.asks = asks_;
    body.first_update_id = numbers.id;
    body.last_update_id = numbers.id;
    body.quantity_unit = out.facts().quantity_unit;
    const ChainLink link{numbers.id, numbers.id, std::nullopt};
    return out.Emit(ParseError::kNone, &link);
}

ParseError BookReader::EmitBestQuote(const Header& header, EventBuilder& out) noexcept {
    Numbers numbers;
    const ParseError error = ReadNumbers(header, numbers);
    if (error != ParseError::kNone) return error;
    if (!header.IsSnapshot() && !header.IsDelta()) return header.TypeError();
    Flow& flow = FlowOf(out.instrument());
    out.SetTimes(numbers.happened, numbers.sent);
    // Nothing has changed for three seconds: a sign of life.
    if (numbers.id == flow.quote.update_id && numbers.id != 0) {
        return out.Skip(
            model::DataType::kBbo, numbers.happened, {numbers.id, numbers.id, std::nullopt}
        );
    }
    if (header.IsSnapshot()) flow.quote = {};
    TakeBest(bids_, flow.quote.bid_price, flow.quote.bid_quantity);
    TakeBest(asks_, flow.quote.ask_price, flow.quote.ask_quantity);
    flow.quote.update_id = numbers.id;
    flow.quote.quantity_unit = out.facts().quantity_unit;
    out.New<model::Bbo>() = flow.quote;
    return out.Emit(ParseError::kNone);
}

BookReader::Flow& BookReader::FlowOf(InstrumentId instrument) noexcept {
    if (instrument >= flows_.size()) flows_.resize(instrument + 1);
    return flows_[instrument];
}

}  // namespace mp::collector::bybit
