#pragma once
// The series of a store and what is known of each in memory. Looking up is thread-safe; a
// SeriesState lives as long as the table, and all but its atomics belong to who holds the engine's
// write lock.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "model/instrument.hpp"
#include "storage/append_batch.hpp"
#include "storage/engine.hpp"
#include "storage/engines/records.hpp"

namespace mp::storage {

struct SeriesState {
    SeriesState(SeriesId number, model::Series name) : id(number), series(std::move(name)) {}

    const SeriesId id;
    const model::Series series;
    std::atomic<uint64_t> events{0};
    std::atomic<uint64_t> duplicates{0};
    std::atomic<uint64_t> conflicts{0};
    // Of those committed since the store was opened.
    std::atomic<uint64_t> appended{0};
    std::atomic<uint64_t> known_claims{0};

    bool in_dictionary = false;  // its dictionary row is committed
    uint32_t losses_seen = 0;
    Nanos trusted_from = INT64_MIN;

    // No stored key (identity) is greater than these, so what is greater is new without a look into
    // the store. Known once `highs_known`.
    bool highs_known = false;
    std::string high_key;
    std::string high_identity;

    // No block of its trades ends behind this key. Known once `blocks_known`.
    bool blocks_known = false;
    std::string blocks_end;
};

class SeriesTable {
  public:
    SeriesTable() = default;

    // The series' state; made with the next free id where it is new.
    SeriesState& Intern(const model::Series& series) ABSL_LOCKS_EXCLUDED(mutex_);
    // As read from the store.
    void Load(SeriesId id, model::Series series, const records::Counters& counters)
        ABSL_LOCKS_EXCLUDED(mutex_);

    std::optional<SeriesId> Find(const model::Series& series) const ABSL_LOCKS_EXCLUDED(mutex_);
    // Null for an id that was never given.
    SeriesState* At(SeriesId id) const ABSL_LOCKS_EXCLUDED(mutex_);
    std::vector<SeriesState*> All() const ABSL_LOCKS_EXCLUDED(mutex_);
    Tally TallyOf(SeriesId id) const ABSL_LOCKS_EXCLUDED(mutex_);

  private:
    mutable Mutex mutex_;
    std::unordered_map<SeriesId, std::unique_ptr<SeriesState>> states_ ABSL_GUARDED_BY(mutex_);
    std::unordered_map<model::Series, SeriesId> ids_ ABSL_GUARDED_BY(mutex_);
    SeriesId last_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mp::storage
