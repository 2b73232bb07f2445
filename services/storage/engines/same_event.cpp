#include "storage/engines/same_event.hpp"

#include "wire/event_codec.hpp"
#include "wire/key_peek.hpp"

namespace mp::storage {
namespace {

// What one collector knew of a book: another may know it deeper at the same update.
bool IsDerivedSnapshot(std::string_view bytes) {
    wire::EventDecoder decoder;
    model::Event event;
    if (!decoder.Decode(bytes, event).ok()) return false;
    const auto* snapshot = std::get_if<model::BookSnapshot>(&event.body);
    return snapshot != nullptr && snapshot->origin == model::SnapshotOrigin::kDerived;
}

}  // namespace

bool Contradict(std::string_view event, std::string_view standing) {
    return wire::BodyOf(event) != wire::BodyOf(standing) && !IsDerivedSnapshot(event);
}

Verdict Judge(const AppendBatch& batch, uint32_t entry, std::optional<Standing>& standing) {
    const AppendBatch::Entry& event = batch.entries()[entry];
    const Standing candidate{event.event, batch.KeyOf(event), event.received_ts, true};
    if (!standing) {
        standing = candidate;
        return Verdict::kStored;
    }
    if (Contradict(event.event, standing->event)) return Verdict::kConflict;
    if (event.received_ts < standing->received_ts) standing = candidate;
    return Verdict::kDuplicate;
}

}  // namespace mp::storage
