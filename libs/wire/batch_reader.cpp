#include "wire/batch.hpp"
#include "wire/field_reader.hpp"
#include "wire/utf8.hpp"

namespace mp::wire {
namespace {

constexpr uint32_t Varint(uint32_t field) {
    return Tag(field, WireType::kVarint);
}
constexpr uint32_t Bytes(uint32_t field) {
    return Tag(field, WireType::kBytes);
}

Status Bad(const char* what) {
    return absl::InvalidArgumentError(what);
}

}  // namespace

Status BatchReader::Open(std::string_view bytes) {
    return Parse(bytes, true);
}

Status BatchReader::OpenChunk(std::string_view bytes) {
    return Parse(bytes, false);
}

Status BatchReader::Parse(std::string_view bytes, bool versioned) {
    producer_ = {};
    instrument_count_ = 0;
    entries_.clear();
    Status status = ParseFields(bytes, versioned);
    if (!status.ok()) {
        instrument_count_ = 0;
        entries_.clear();
    }
    return status;
}

Status BatchReader::ParseFields(std::string_view bytes, bool versioned) {
    uint64_t version = 0;
    Status first = OkStatus();
    FieldReader reader(bytes);
    Field field;
    while (reader.Next(field)) {
        Status status = OkStatus();
        switch (field.tag) {
            case Varint(1):
                version = field.number;
                break;
            case Bytes(2):
                producer_ = field.bytes;
                break;
            case Bytes(3):
                status = AddInstrument(field.bytes);
                break;
            case Bytes(4):
                status = AddEntry(field.bytes);
                break;
            default:
                break;
        }
        // Kept until the version is known: another version may well look wrong to this reader.
        if (first.ok() && !status.ok()) first = std::move(status);
    }
    if (reader.malformed()) return Bad("the batch is malformed");
    if (versioned && version != kSchemaVersion) {
        return absl::FailedPreconditionError(
            "the batch has schema version " + std::to_string(version) + ", known is " +
            std::to_string(kSchemaVersion)
        );
    }
    MP_RETURN_IF_ERROR(first);
    for (const BatchEntry& entry : entries_) {
        if (entry.instrument >= instrument_count_) return Bad("an entry has no instrument");
    }
    return OkStatus();
}

Status BatchReader::AddInstrument(std::string_view bytes) {
    if (instrument_count_ == instruments_.size()) instruments_.emplace_back();
    model::Instrument& instrument = instruments_[instrument_count_];
    instrument.exchange.clear();
    instrument.market = model::Market::kUnspecified;
    instrument.symbol.clear();
    instrument.venue_symbol.clear();
    FieldReader reader(bytes);
    Field field;
    while (reader.Next(field)) {
        if (field.tag == Bytes(1)) instrument.exchange = field.bytes;
        if (field.tag == Bytes(3)) instrument.symbol = field.bytes;
        if (field.tag == Bytes(4)) instrument.venue_symbol = field.bytes;
        if (field.tag == Varint(2)) {
            if (field.number > static_cast<uint64_t>(model::Market::kOption)) {
                return Bad("an instrument has an unknown market");
            }
            instrument.market = static_cast<model::Market>(field.number);
        }
    }
    if (reader.malformed()) return Bad("an instrument is malformed");
    if (instrument.exchange.empty() || instrument.symbol.empty() ||
        instrument.market == model::Market::kUnspecified) {
        return Bad("an instrument lacks exchange, market or symbol");
    }
    if (!IsUtf8(instrument.exchange) || !IsUtf8(instrument.symbol) ||
        !IsUtf8(instrument.venue_symbol)) {
        return Bad("an instrument's text is not UTF-8");
    }
    ++instrument_count_;
    return OkStatus();
}

Status BatchReader::AddEntry(std::string_view bytes) {
    uint64_t instrument = 0;
    std::string_view event;
    FieldReader reader(bytes);
    Field field;
    while (reader.Next(field)) {
        if (field.tag == Varint(1)) instrument = field.number;
        if (field.tag == Bytes(2)) event = field.bytes;
    }
    if (reader.malformed()) return Bad("an entry is malformed");
    if (event.empty()) return Bad("an entry has no event");
    if (instrument >> 32 != 0) return Bad("an entry has no instrument");
    entries_.push_back({static_cast<uint32_t>(instrument), event});
    return OkStatus();
}

}  // namespace mp::wire
