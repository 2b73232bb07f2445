#include "storage/engines/same_event.hpp"

#include "wire/key_peek.hpp"

namespace mp::storage {

Verdict Judge(const AppendBatch& batch, uint32_t entry, std::optional<Standing>& standing) {
    const AppendBatch::Entry& event = batch.entries()[entry];
    const Standing candidate{event.event, batch.KeyOf(event), event.received_ts, true};
    if (!standing) {
        standing = candidate;
        return Verdict::kStored;
    }
    if (wire::BodyOf(event.event) != wire::BodyOf(standing->event)) return Verdict::kConflict;
    if (event.received_ts < standing->received_ts) standing = candidate;
    return Verdict::kDuplicate;
}

}  // namespace mp::storage
