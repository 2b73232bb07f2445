#include "wire/key_peek.hpp"

#include "model/event.hpp"
#include "model/identity.hpp"
#include "wire/event_codec.hpp"
#include "wire/field_values.hpp"

namespace mp::wire {
namespace {

constexpr uint32_t kFirstBody = 4;
constexpr const char* kMalformed = "the event is malformed";

bool IsBody(const Field& field) {
    const uint32_t number = field.tag >> 3;
    return FieldValues::Is(field, number, WireType::kBytes) && number >= kFirstBody &&
           number < kFirstBody + model::kDataTypes;
}

// Takes from a body the fields that its identity is made of, and no others.
class Peeking : public FieldValues {
  public:
    // The times, and the last body.
    void Envelope(std::string_view bytes, model::Event& event, Field& body) {
        Each(bytes, kMalformed, [&](const Field& f) {
            const bool time = At(f, 1, event.order_ts) || At(f, 2, event.received_ts) ||
                              At(f, 3, event.exchange_ts);
            if (!time && IsBody(f)) body = f;
        });
    }

    void Body(model::DataType type, std::string_view bytes, model::Body& body) {
        switch (type) {
            case model::DataType::kTrade:
                return Take<model::Trade>(bytes, body);
            case model::DataType::kBookDelta:
                return Take<model::BookDelta>(bytes, body);
            case model::DataType::kBookSnapshot:
                return Take<model::BookSnapshot>(bytes, body);
            case model::DataType::kBbo:
                return Take<model::Bbo>(bytes, body);
            case model::DataType::kTicker:
                return Take<model::Ticker>(bytes, body);
            case model::DataType::kKline:
                return Take<model::Kline>(bytes, body);
            case model::DataType::kFundingRate:
                return Take<model::FundingRate>(bytes, body);
            case model::DataType::kOpenInterest:
                return Take<model::OpenInterest>(bytes, body);
            case model::DataType::kLiquidation:
                return Take<model::Liquidation>(bytes, body);
            case model::DataType::kMarkPrice:
                return Take<model::MarkPrice>(bytes, body);
            case model::DataType::kInstrument:
                return Take<model::InstrumentInfo>(bytes, body);
            case model::DataType::kCoverage:
                return Take<model::Coverage>(bytes, body);
            case model::DataType::kUnspecified:
                return Fail(kMalformed);
        }
        Fail(kMalformed);
    }

  private:
    template <typename T>
    void Take(std::string_view bytes, model::Body& body) {
        T& value = body.emplace<T>();
        Each(bytes, kMalformed, [&](const Field& f) { return Part(f, value); });
    }

    bool Part(const Field& f, model::Trade& t) {
        return At(f, 4, t.id_space) || At(f, 5, t.trade_id.number) || At(f, 6, t.trade_id.text) ||
               At(f, 7, t.sequence);
    }
    bool Part(const Field& f, model::BookDelta& d) {
        return At(f, 3, d.first_update_id) || At(f, 4, d.last_update_id) || At(f, 5, d.epoch) ||
               At(f, 7, d.part);
    }
    bool Part(const Field& f, model::BookSnapshot& s) {
        return At(f, 3, s.last_update_id) || At(f, 4, s.epoch) || At(f, 5, s.origin) ||
               At(f, 8, s.part);
    }
    bool Part(const Field& f, model::Bbo& b) { return At(f, 5, b.update_id); }
    bool Part(const Field& f, model::Kline& k) {
        return At(f, 1, k.interval) || At(f, 2, k.open_time);
    }
    bool Part(const Field& f, model::FundingRate& r) { return At(f, 3, r.next_funding_time); }
    bool Part(const Field& f, model::Liquidation& l) { return At(f, 1, l.liquidation_id); }
    bool Part(const Field& f, model::Coverage& c) {
        return At(f, 1, c.data_type) || At(f, 2, c.from_ts) || At(f, 6, c.basis) ||
               At(f, 7, c.state) || At(f, 11, c.source);
    }
    // Identities of these are the time alone, or the whole content.
    bool Part(const Field&, model::Ticker&) { return false; }
    bool Part(const Field&, model::OpenInterest&) { return false; }
    bool Part(const Field&, model::MarkPrice&) { return false; }
    bool Part(const Field&, model::InstrumentInfo&) { return false; }
};

// The last body of an event; false where there is none or the bytes are malformed.
bool FindBody(std::string_view bytes, Field& body) {
    FieldReader reader(bytes);
    Field field;
    while (reader.Next(field)) {
        if (IsBody(field)) body = field;
    }
    return !reader.malformed() && body.tag != 0;
}

void TakeKey(const model::Event& event, EventKey& key, std::string& identity) {
    key = {
        event.order_ts,
        event.received_ts,
        event.exchange_ts,
        model::SequenceOf(event),
        model::FoundByIdentity(event),
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
    Peeking peeking;
    peeking.Envelope(bytes, event, body);
    if (peeking.error() != nullptr) return absl::InvalidArgumentError(peeking.error());
    if (body.tag >> 3 != static_cast<uint32_t>(type) + kFirstBody - 1) {
        return absl::InvalidArgumentError("the event is no " + std::string(model::ToString(type)));
    }
    peeking.Body(type, body.bytes, event.body);
    if (peeking.error() != nullptr) return absl::InvalidArgumentError(peeking.error());
    if (model::IdentityNeedsContent(event)) return PeekWhole(bytes, key, identity);
    TakeKey(event, key, identity);
    return OkStatus();
}

model::DataType PeekType(std::string_view event) {
    Field body;
    if (!FindBody(event, body)) return model::DataType::kUnspecified;
    return static_cast<model::DataType>((body.tag >> 3) - kFirstBody + 1);
}

std::string_view BodyOf(std::string_view bytes) {
    Field body;
    return FindBody(bytes, body) ? body.bytes : std::string_view{};
}

}  // namespace mp::wire
