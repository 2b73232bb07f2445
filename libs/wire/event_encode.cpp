#include <span>
#include <variant>

#include "wire/book_side.hpp"
#include "wire/event_codec.hpp"
#include "wire/field_writer.hpp"

namespace mp::wire {
namespace {

using model::Level;

// Everything in the event but its body: three times, the body's header, the ordinal with a tag of
// two bytes.
constexpr size_t kEnvelope = 3 * kFixedField + kMaxBytesHeader + kMaxNumberField + 1 + kWriteSlack;

// About the sizes of bodies, to reserve their length in the right number of bytes.
size_t Expect(const auto&) {
    return 64;
}
size_t Expect(std::span<const Level> levels) {
    return levels.size() * 8 + 4;
}
size_t Expect(const model::BookDelta& delta) {
    return Expect(delta.bids) + Expect(delta.asks) + 16;
}
size_t Expect(const model::BookSnapshot& snapshot) {
    return Expect(snapshot.bids) + Expect(snapshot.asks) + 8;
}

size_t MaxBody(const model::Trade& trade) {
    return 3 * kMaxDecimalField + 7 * kMaxNumberField + MaxTextField(trade.trade_id.text);
}
size_t MaxBody(const model::BookDelta& delta) {
    return MaxSideSize(delta.bids.size()) + MaxSideSize(delta.asks.size()) + 2 * kMaxBytesHeader +
           7 * kMaxNumberField;
}
size_t MaxBody(const model::BookSnapshot& snapshot) {
    return MaxSideSize(snapshot.bids.size()) + MaxSideSize(snapshot.asks.size()) +
           2 * kMaxBytesHeader + 2 * kMaxDecimalField + 6 * kMaxNumberField;
}
size_t MaxBody(const model::Bbo&) {
    return 4 * kMaxDecimalField + 2 * kMaxNumberField;
}
size_t MaxBody(const model::Ticker&) {
    return 6 * kMaxDecimalField + kMaxNumberField;
}
size_t MaxBody(const model::Kline& kline) {
    return MaxTextField(kline.interval) + 2 * kFixedField + 6 * kMaxDecimalField +
           3 * kMaxNumberField;
}
size_t MaxBody(const model::FundingRate&) {
    return 5 * kMaxDecimalField + kFixedField;
}
size_t MaxBody(const model::OpenInterest&) {
    return 2 * kMaxDecimalField + kMaxNumberField;
}
size_t MaxBody(const model::Liquidation& liquidation) {
    return MaxTextField(liquidation.liquidation_id) + 4 * kMaxDecimalField + 3 * kMaxNumberField;
}
size_t MaxBody(const model::MarkPrice&) {
    return 2 * kMaxDecimalField;
}
size_t MaxBody(const model::InstrumentInfo& info) {
    return MaxTextField(info.base_asset) + MaxTextField(info.quote_asset) +
           MaxTextField(info.settle_asset) + MaxTextField(info.contract_size_asset) +
           MaxTextField(info.venue_status) + MaxTextField(info.option_type) + 6 * kMaxDecimalField +
           2 * kFixedField + kMaxNumberField;
}
size_t MaxBody(const model::Coverage& coverage) {
    return MaxTextField(coverage.reason) + MaxTextField(coverage.source) + 3 * kFixedField +
           6 * kMaxNumberField;
}

// The fields of each body, ascending, as in event.proto.
void Write(const model::Trade& trade, FieldWriter& out) {
    out.Value(1, trade.price);
    out.Value(2, trade.quantity);
    out.Choice(3, trade.side);
    out.Choice(4, trade.id_space);
    if (trade.trade_id.IsText()) {
        out.Text(6, trade.trade_id.text);
    } else {
        out.AlwaysNumber(5, trade.trade_id.number);
    }
    out.Number(7, trade.sequence);
    out.Choice(8, trade.quantity_unit);
    out.Present(9, trade.base_quantity);
    out.Number(10, trade.first_fill_id);
    out.Number(11, trade.last_fill_id);
}

void WriteSideField(uint32_t field, std::span<const Level> levels, FieldWriter& out) {
    if (levels.empty()) return;
    out.Nested(field, Expect(levels), [&](FieldWriter& side) { WriteSide(levels, side); });
}

void Write(const model::BookDelta& delta, FieldWriter& out) {
    WriteSideField(1, delta.bids, out);
    WriteSideField(2, delta.asks, out);
    out.Number(3, delta.first_update_id);
    out.Number(4, delta.last_update_id);
    out.Number(5, delta.epoch);
    out.Present(6, delta.previous_update_id);
    out.Number(7, delta.part);
    out.Number(8, delta.parts);
    out.Choice(9, delta.quantity_unit);
}

void Write(const model::BookSnapshot& snapshot, FieldWriter& out) {
    WriteSideField(1, snapshot.bids, out);
    WriteSideField(2, snapshot.asks, out);
    out.Number(3, snapshot.last_update_id);
    out.Number(4, snapshot.epoch);
    out.Choice(5, snapshot.origin);
    out.Present(6, snapshot.known_bid_to);
    out.Present(7, snapshot.known_ask_to);
    out.Number(8, snapshot.part);
    out.Number(9, snapshot.parts);
    out.Choice(10, snapshot.quantity_unit);
}

void Write(const model::Bbo& bbo, FieldWriter& out) {
    out.Present(1, bbo.bid_price);
    out.Present(2, bbo.bid_quantity);
    out.Present(3, bbo.ask_price);
    out.Present(4, bbo.ask_quantity);
    out.Number(5, bbo.update_id);
    out.Choice(6, bbo.quantity_unit);
}

void Write(const model::Ticker& ticker, FieldWriter& out) {
    out.Present(1, ticker.last_price);
    out.Present(2, ticker.open_price);
    out.Present(3, ticker.high_price);
    out.Present(4, ticker.low_price);
    out.Present(5, ticker.volume);
    out.Present(6, ticker.quote_volume);
    out.Choice(7, ticker.quantity_unit);
}

void Write(const model::Kline& kline, FieldWriter& out) {
    out.Text(1, kline.interval);
    out.Fixed(2, kline.open_time);
    out.Fixed(3, kline.close_time);
    out.Value(4, kline.open);
    out.Value(5, kline.high);
    out.Value(6, kline.low);
    out.Value(7, kline.close);
    out.Value(8, kline.volume);
    out.Present(9, kline.quote_volume);
    out.Present(10, kline.trade_count);
    out.Number(11, kline.closed ? 1 : 0);
    out.Choice(12, kline.quantity_unit);
}

void Write(const model::FundingRate& funding, FieldWriter& out) {
    out.Present(1, funding.funding_rate);
    out.Present(2, funding.estimated_rate);
    out.Present(3, funding.next_funding_time);
    out.Present(4, funding.mark_price);
    out.Present(5, funding.index_price);
    out.Present(6, funding.premium_index);
}

void Write(const model::OpenInterest& interest, FieldWriter& out) {
    out.Present(1, interest.open_interest);
    out.Present(2, interest.open_interest_value);
    out.Choice(3, interest.quantity_unit);
}

void Write(const model::Liquidation& liquidation, FieldWriter& out) {
    out.Text(1, liquidation.liquidation_id);
    out.Choice(2, liquidation.side);
    out.Value(3, liquidation.price);
    out.Value(4, liquidation.quantity);
    out.Present(5, liquidation.leverage);
    out.Choice(6, liquidation.instrument_type);
    out.Choice(7, liquidation.quantity_unit);
    out.Present(8, liquidation.base_quantity);
}

void Write(const model::MarkPrice& mark, FieldWriter& out) {
    out.Present(1, mark.mark_price);
    out.Present(2, mark.index_price);
}

void Write(const model::InstrumentInfo& info, FieldWriter& out) {
    out.Text(1, info.base_asset);
    out.Text(2, info.quote_asset);
    out.Text(3, info.settle_asset);
    out.Present(4, info.tick_size);
    out.Present(5, info.lot_size);
    out.Present(6, info.contract_size);
    out.Text(7, info.contract_size_asset);
    out.Choice(8, info.status);
    out.Text(9, info.venue_status);
    out.Present(10, info.listed_at);
    out.Present(11, info.expires_at);
    out.Present(12, info.strike);
    out.Text(13, info.option_type);
    out.Present(14, info.min_quantity);
    out.Present(15, info.min_notional);
}

void Write(const model::Coverage& coverage, FieldWriter& out) {
    out.Choice(1, coverage.data_type);
    out.Fixed(2, coverage.from_ts);
    out.Fixed(3, coverage.to_ts);
    out.Present(4, coverage.from_id);
    out.Present(5, coverage.to_id);
    out.Choice(6, coverage.basis);
    out.Choice(7, coverage.state);
    out.Text(8, coverage.reason);
    out.Present(9, coverage.missing);
    out.Fixed(10, coverage.detected_ts);
    out.Text(11, coverage.source);
}

}  // namespace

size_t MaxEventSize(const model::Event& event) {
    return kEnvelope + std::visit([](const auto& body) { return MaxBody(body); }, event.body);
}

size_t ExpectedEventSize(const model::Event& event) {
    return 3 * kFixedField + 2 +
           std::visit([](const auto& body) { return Expect(body); }, event.body);
}

char* WriteEvent(const model::Event& event, char* out) {
    FieldWriter writer(out);
    writer.Fixed(1, event.order_ts);
    writer.Fixed(2, event.received_ts);
    writer.Present(3, event.exchange_ts);
    const auto field = static_cast<uint32_t>(event.body.index() + 4);
    std::visit(
        [&](const auto& body) {
            writer.Nested(field, Expect(body), [&](FieldWriter& nested) { Write(body, nested); });
        },
        event.body
    );
    if (event.ordinal != 0) {
        writer.PutVarint(Tag(16, WireType::kVarint));
        writer.PutVarint(event.ordinal);
    }
    return writer.end();
}

void AppendEvent(const model::Event& event, std::string& out) {
    const size_t size = out.size();
    out.resize(size + MaxEventSize(event));
    const char* const end = WriteEvent(event, out.data() + size);
    out.resize(static_cast<size_t>(end - out.data()));
}

}  // namespace mp::wire
