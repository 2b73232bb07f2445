#include "storage/engines/rocksdb/series_table.hpp"

#include <algorithm>

#include "storage/engines/records.hpp"

namespace mp::storage {

SeriesState& SeriesTable::Intern(const model::Series& series) {
    const MutexLock lock(mutex_);
    const auto [entry, fresh] = ids_.try_emplace(series, last_ + 1);
    if (fresh) {
        ++last_;
        states_.emplace(last_, std::make_unique<SeriesState>(last_, series));
    }
    return *states_.at(entry->second);
}

void SeriesTable::Load(SeriesId id, model::Series series, const records::Counters& counters) {
    const MutexLock lock(mutex_);
    auto state = std::make_unique<SeriesState>(id, std::move(series));
    state->in_dictionary = true;
    state->events = counters.events;
    state->losses_seen = counters.losses_seen;
    state->trusted_from = counters.trusted_from;
    ids_[state->series] = id;
    states_[id] = std::move(state);
    last_ = std::max(last_, id);
}

std::optional<SeriesId> SeriesTable::Find(const model::Series& series) const {
    const MutexLock lock(mutex_);
    const auto found = ids_.find(series);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

SeriesState* SeriesTable::At(SeriesId id) const {
    const MutexLock lock(mutex_);
    const auto found = states_.find(id);
    return found == states_.end() ? nullptr : found->second.get();
}

std::vector<SeriesState*> SeriesTable::All() const {
    std::vector<SeriesState*> all;
    {
        const MutexLock lock(mutex_);
        all.reserve(states_.size());
        for (const auto& [id, state] : states_) all.push_back(state.get());
    }
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
    return all;
}

Tally SeriesTable::TallyOf(SeriesId id) const {
    const SeriesState* const state = At(id);
    if (state == nullptr) return {};
    return {state->appended, state->duplicates + state->known_claims, state->conflicts};
}

}  // namespace mp::storage
