#include "storage/engines/clickhouse/placement.hpp"

#include <algorithm>

#include "registry/rendezvous.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {

Status Placement::Take(const StateRow& row) {
    const auto shard = std::find(shards_.begin(), shards_.end(), row.value);
    if (shard == shards_.end()) {
        return absl::FailedPreconditionError(Concat(
            row.key, " is stored on the shard ", row.value, ", which is not in clickhouse.shards"
        ));
    }
    pins_[row.key] = static_cast<int>(shard - shards_.begin());
    return OkStatus();
}

// Each is told once: queries go on meanwhile.
void Placement::Apply(const SeriesTable& table) {
    const std::vector<SeriesState*> all = table.All();
    for (const SeriesState* series : all) {
        if (series->stored) Find(*series);
    }
    for (const SeriesState* series : all) {
        const auto pin = pins_.find(model::InstrumentKey(series->series.instrument));
        series->shard = pin == pins_.end() ? SeriesState::kNowhere : pin->second;
    }
}

void Placement::Find(const SeriesState& series) {
    series.shard =
        pins_.try_emplace(model::InstrumentKey(series.series.instrument), 0).first->second;
}

void Placement::Place(const SeriesState& series, std::vector<StateRow>& fresh) {
    if (series.shard != SeriesState::kNowhere) return;
    if (shards_.size() == 1) return Find(series);
    const std::string key = model::InstrumentKey(series.series.instrument);
    const auto known = pins_.find(key);
    if (known != pins_.end()) {
        series.shard = known->second;
        return;
    }
    const size_t chosen = registry::RendezvousOwners(key, shards_).front();
    pins_[key] = static_cast<int>(chosen);
    series.shard = static_cast<int>(chosen);
    fresh.push_back({std::string(kind::kPin), key, shards_[chosen], 0, false});
}

}  // namespace mp::storage::clickhouse
