#include "storage/engines/clickhouse/series_table.hpp"

#include <tuple>

namespace mp::storage::clickhouse {

std::string SeriesName(const model::Series& series) {
    std::string name = model::InstrumentKey(series.instrument);
    name += '|';
    name += model::ToString(series.data_type);
    return name;
}

bool InTableOrder(const SeriesState& a, const SeriesState& b) {
    const model::Instrument& left = a.series.instrument;
    const model::Instrument& right = b.series.instrument;
    return std::tie(left.exchange, left.market, left.symbol) <
           std::tie(right.exchange, right.market, right.symbol);
}

SeriesState& SeriesTable::Intern(const model::Series& series) {
    const MutexLock lock(mutex_);
    const auto id = static_cast<SeriesId>(states_.size() + 1);
    const auto [entry, fresh] = ids_.try_emplace(series, id);
    if (fresh) {
        std::string name = SeriesName(series);
        names_.emplace(name, id);
        states_.push_back(std::make_unique<SeriesState>(id, series, std::move(name)));
    }
    return *states_[entry->second - 1];
}

std::optional<SeriesId> SeriesTable::Find(const model::Series& series) const {
    const MutexLock lock(mutex_);
    const auto found = ids_.find(series);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

SeriesState* SeriesTable::Named(std::string_view name) const {
    const MutexLock lock(mutex_);
    const auto found = names_.find(std::string(name));
    return found == names_.end() ? nullptr : states_[found->second - 1].get();
}

SeriesState* SeriesTable::At(SeriesId id) const {
    const MutexLock lock(mutex_);
    return id == 0 || id > states_.size() ? nullptr : states_[id - 1].get();
}

std::vector<SeriesState*> SeriesTable::All() const {
    const MutexLock lock(mutex_);
    std::vector<SeriesState*> all;
    all.reserve(states_.size());
    for (const auto& state : states_) all.push_back(state.get());
    return all;
}

Tally SeriesTable::TallyOf(SeriesId id) const {
    const SeriesState* const state = At(id);
    if (state == nullptr) return {};
    return {state->appended, state->duplicates + state->known_claims, state->conflicts};
}

}  // namespace mp::storage::clickhouse
