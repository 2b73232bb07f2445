#include "wire/key_peek.hpp"

#include "model/event.hpp"
#include "model/identity.hpp"
#include "wire/event_codec.hpp"
#include "wire/field_reader.hpp"
#include "wire/utf8.hpp"

namespace mp::wire {
namespace {

constexpr uint32_t kFirstBody = 4;

constexpr uint32_t Varint(uint32_t field) {
    return Tag(field, WireType::kVarint);
}
constexpr uint32_t Fixed(uint32_t field) {
    return Tag(field, WireType::kFixed64);
}
constexpr uint32_t Bytes(uint32_t field) {
    return Tag(field, WireType::kBytes);
}

bool IsBody(uint32_t tag) {
    const uint32_t field = tag >> 3;
    return tag == Bytes(field) && field >= kFirstBody && field < kFirstBody + model::kDataTypes;
}

// Sets `value`; false where the number names none up to `last`.
template <typename Enum>
bool Choose(const Field& field, Enum last, Enum& value) {
    value = static_cast<Enum>(field.number);
    return field.number <= static_cast<uint64_t>(last);
}

bool TakeText(const Field& field, std::string_view& text) {
    text = field.bytes;
    return IsUtf8(text);
}

// One overload a type takes the fields that its identity is made of; false where one is wrong.
bool Take(const Field& field, model::Trade& trade) {
    switch (field.tag) {
        case Varint(4):
            return Choose(field, model::TradeIdSpace::kAggregate, trade.id_space);
        case Varint(5):
            trade.trade_id = {field.number, {}};
            return true;
        case Bytes(6):
            trade.trade_id.number = 0;
            return TakeText(field, trade.trade_id.text);
        case Varint(7):
            trade.sequence = field.number;
            return true;
        default:
            return true;
    }
}

bool Take(const Field& field, model::BookDelta& delta) {
    switch (field.tag) {
        case Varint(3):
            delta.first_update_id = field.number;
            break;
        case Varint(4):
            delta.last_update_id = field.number;
            break;
        case Varint(5):
            delta.epoch = field.number;
            break;
        case Varint(7):
            delta.part = static_cast<uint32_t>(field.number);
            break;
        default:
            break;
    }
    return true;
}

bool Take(const Field& field, model::BookSnapshot& snapshot) {
    switch (field.tag) {
        case Varint(3):
            snapshot.last_update_id = field.number;
            break;
        case Varint(4):
            snapshot.epoch = field.number;
            break;
        case Varint(5):
            return Choose(field, model::SnapshotOrigin::kDerived, snapshot.origin);
        case Varint(8):
            snapshot.part = static_cast<uint32_t>(field.number);
            break;
        default:
            break;
    }
    return true;
}

bool Take(const Field& field, model::Bbo& bbo) {
    if (field.tag == Varint(5)) bbo.update_id = field.number;
    return true;
}

bool Take(const Field& field, model::Kline& kline) {
    if (field.tag == Fixed(2)) kline.open_time = static_cast<Nanos>(field.number);
    return field.tag != Bytes(1) || TakeText(field, kline.interval);
}

bool Take(const Field& field, model::FundingRate& funding) {
    if (field.tag == Fixed(3)) funding.next_funding_time = static_cast<Nanos>(field.number);
    return true;
}

bool Take(const Field& field, model::Liquidation& liquidation) {
    return field.tag != Bytes(1) || TakeText(field, liquidation.liquidation_id);
}

bool Take(const Field& field, model::Coverage& coverage) {
    switch (field.tag) {
        case Varint(1):
            return Choose(field, model::DataType::kCoverage, coverage.data_type);
        case Fixed(2):
            coverage.from_ts = static_cast<Nanos>(field.number);
            return true;
        case Varint(6):
            return Choose(field, model::CoverageBasis::kConnection, coverage.basis);
        case Varint(7):
            return Choose(field, model::CoverageState::kUnrepairable, coverage.state);
        case Bytes(11):
            return TakeText(field, coverage.source);
        default:
            return true;
    }
}

// Identities of these are the time alone, or the whole content.
bool Take(const Field&, model::Ticker&) {
    return true;
}
bool Take(const Field&, model::OpenInterest&) {
    return true;
}
bool Take(const Field&, model::MarkPrice&) {
    return true;
}
bool Take(const Field&, model::InstrumentInfo&) {
    return true;
}

template <typename T>
bool TakeAll(std::string_view body, model::Body& out) {
    T& value = out.emplace<T>();
    FieldReader reader(body);
    Field field;
    while (reader.Next(field)) {
        if (!Take(field, value)) return false;
    }
    return !reader.malformed();
}

bool TakeBody(model::DataType type, std::string_view body, model::Body& out) {
    switch (type) {
        case model::DataType::kTrade:
            return TakeAll<model::Trade>(body, out);
        case model::DataType::kBookDelta:
            return TakeAll<model::BookDelta>(body, out);
        case model::DataType::kBookSnapshot:
            return TakeAll<model::BookSnapshot>(body, out);
        case model::DataType::kBbo:
            return TakeAll<model::Bbo>(body, out);
        case model::DataType::kTicker:
            return TakeAll<model::Ticker>(body, out);
        case model::DataType::kKline:
            return TakeAll<model::Kline>(body, out);
        case model::DataType::kFundingRate:
            return TakeAll<model::FundingRate>(body, out);
        case model::DataType::kOpenInterest:
            return TakeAll<model::OpenInterest>(body, out);
        case model::DataType::kLiquidation:
            return TakeAll<model::Liquidation>(body, out);
        case model::DataType::kMarkPrice:
            return TakeAll<model::MarkPrice>(body, out);
        case model::DataType::kInstrument:
            return TakeAll<model::InstrumentInfo>(body, out);
        case model::DataType::kCoverage:
            return TakeAll<model::Coverage>(body, out);
        case model::DataType::kUnspecified:
            return false;
    }
    return false;
}

// The envelope and the last body; false where malformed.
bool TakeEnvelope(std::string_view bytes, model::Event& event, Field& body) {
    FieldReader reader(bytes);
    Field field;
    while (reader.Next(field)) {
        switch (field.tag) {
            case Fixed(1):
                event.order_ts = static_cast<Nanos>(field.number);
                break;
            case Fixed(2):
                event.received_ts = static_cast<Nanos>(field.number);
                break;
            case Fixed(3):
                event.exchange_ts = static_cast<Nanos>(field.number);
                break;
            default:
                if (IsBody(field.tag)) body = field;
                break;
        }
    }
    return !reader.malformed();
}

Status Malformed() {
    return absl::InvalidArgumentError("the event is malformed");
}

void TakeKey(const model::Event& event, EventKey& key, std::string& identity) {
    key = {
        event.order_ts,
        event.received_ts,
        event.exchange_ts,
        model::SequenceOf(event),
        model::OrderedByReceipt(event),
    };
    model::AppendIdentity(event, identity);
}

Status PeekWhole(std::string_view bytes, EventKey& key, std::string& identity) {
    EventDecoder decoder;
    model::Event event;
    MP_RETURN_IF_ERROR(decoder.Decode(bytes, event));
    TakeKey(event, key, identity);
    return OkStatus();
}

}  // namespace

Status PeekKey(std::string_view bytes, model::DataType type, EventKey& key, std::string& identity) {
    model::Event event;
    Field body;
    if (!TakeEnvelope(bytes, event, body)) return Malformed();
    if (body.tag != Bytes(static_cast<uint32_t>(type) + kFirstBody - 1)) {
        return absl::InvalidArgumentError("the event is no " + std::string(model::ToString(type)));
    }
    if (!TakeBody(type, body.bytes, event.body)) return Malformed();
    if (model::IdentityNeedsContent(event)) return PeekWhole(bytes, key, identity);
    TakeKey(event, key, identity);
    return OkStatus();
}

model::DataType PeekType(std::string_view bytes) {
    model::Event event;
    Field body;
    if (!TakeEnvelope(bytes, event, body) || body.tag == 0) return model::DataType::kUnspecified;
    return static_cast<model::DataType>((body.tag >> 3) - kFirstBody + 1);
}

std::string_view BodyOf(std::string_view bytes) {
    model::Event event;
    Field body;
    if (!TakeEnvelope(bytes, event, body)) return {};
    return body.bytes;
}

}  // namespace mp::wire
