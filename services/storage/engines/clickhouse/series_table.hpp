#pragma once
// The series of a store and what is known of each in memory. Looking up is thread-safe; a
// SeriesState lives as long as the table, and all but its atomics and its days belong to who holds
// the engine's write lock.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "model/instrument.hpp"
#include "storage/append_batch.hpp"
#include "storage/engine.hpp"
#include "storage/engines/clickhouse/day_index.hpp"

namespace mp::storage::clickhouse {

struct SeriesState {
    SeriesState(SeriesId number, model::Series key, std::string text)
        : id(number), series(std::move(key)), name(std::move(text)) {}

    const SeriesId id;
    const model::Series series;
    const std::string name;  // "binance|spot|BTC-USDT|trade"
    std::atomic<uint64_t> events{0};
    std::atomic<uint64_t> duplicates{0};
    std::atomic<uint64_t> conflicts{0};
    // Of those committed since the store was opened.
    std::atomic<uint64_t> appended{0};
    std::atomic<uint64_t> known_claims{0};
    DayIndex days;
    // The revision of its last change; that of each day's is in `days`.
    std::atomic<uint64_t> changed{0};
    // Where its instrument lies. Where it lies nowhere it has no rows.
    static constexpr int kNowhere = -1;
    mutable std::atomic<int> shard{kNowhere};
    // While it is moved: where it will lie. Everything new goes there as well.
    mutable std::atomic<int> second{kNowhere};
    // The revision that moved it here; replicas must have that to be asked.
    mutable std::atomic<uint64_t> moved{0};

    bool stored = false;  // it has its row in the state
    uint32_t losses_seen = 0;
    Nanos trusted_from = INT64_MIN;

    // No stored key (identity) is greater than these, so what is greater is new without asking.
    // Known once `highs_known`.
    bool highs_known = false;
    std::string high_key;
    std::string high_identity;
};

// Whether rows of `a` stand before those of `b` in a table.
bool InTableOrder(const SeriesState& a, const SeriesState& b);

// "binance|spot|BTC-USDT|trade".
std::string SeriesName(const model::Series& series);

class SeriesTable {
  public:
    SeriesTable() = default;

    // The series' state; made with the next free id where it is new.
    SeriesState& Intern(const model::Series& series) ABSL_LOCKS_EXCLUDED(mutex_);
    std::optional<SeriesId> Find(const model::Series& series) const ABSL_LOCKS_EXCLUDED(mutex_);
    // Null for a name that was never interned, and for an id that was never given.
    SeriesState* Named(std::string_view name) const ABSL_LOCKS_EXCLUDED(mutex_);
    SeriesState* At(SeriesId id) const ABSL_LOCKS_EXCLUDED(mutex_);
    std::vector<SeriesState*> All() const ABSL_LOCKS_EXCLUDED(mutex_);
    Tally TallyOf(SeriesId id) const ABSL_LOCKS_EXCLUDED(mutex_);

  private:
    mutable Mutex mutex_;
    std::vector<std::unique_ptr<SeriesState>> states_ ABSL_GUARDED_BY(mutex_);  // by id - 1
    std::unordered_map<model::Series, SeriesId> ids_ ABSL_GUARDED_BY(mutex_);
    std::unordered_map<std::string, SeriesId> names_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::storage::clickhouse
