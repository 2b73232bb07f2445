#include "storage/append_batch.hpp"

#include <utility>

#include "model/identity.hpp"

namespace mp::storage {

void AppendBatch::Add(SeriesId series, const model::Event& event, std::string_view bytes) {
    Entry entry;
    entry.series = series;
    entry.by_identity = model::FoundByIdentity(event);
    entry.key_offset = static_cast<uint32_t>(keys_.size());
    model::AppendKey(event, keys_);
    entry.key_size = static_cast<uint32_t>(keys_.size()) - entry.key_offset;
    entry.order_ts = event.order_ts;
    entry.received_ts = event.received_ts;
    entry.event = bytes;
    entries_.push_back(entry);
    event_bytes_ += bytes.size();
}

void AppendBatch::AddClaim(
    SeriesId coverage_series, SeriesId subject, Nanos received_ts, const model::Coverage& claim
) {
    claims_.push_back({coverage_series, subject, received_ts, claim});
}

void AppendBatch::AddNote(std::string key, std::string value) {
    notes_.push_back({std::move(key), std::move(value)});
}

void AppendBatch::Clear() {
    keys_.clear();
    entries_.clear();
    claims_.clear();
    notes_.clear();
    position_.reset();
    event_bytes_ = 0;
}

}  // namespace mp::storage
