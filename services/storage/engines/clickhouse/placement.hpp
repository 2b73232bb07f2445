#pragma once
// On which shard each instrument lies. Chosen at its first write by rendezvous hashing over the
// shards' names, and stored as a pin before any row of it: shards that come later change nothing
// for what is there. A store that was one server before has no pins; what it holds lies on the
// first shard. Under the engine's write lock.

#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/clickhouse/state.hpp"

namespace mp::storage::clickhouse {

class Placement {
  public:
    // The names of all shards, the first one that of the state.
    explicit Placement(std::vector<std::string> shards) : shards_(std::move(shards)) {}

    void Forget() { pins_.clear(); }
    // A pin as it is stored. FailedPrecondition: no such shard is configured.
    Status Take(const StateRow& row);
    // Tells every series its shard, once all pins are taken.
    void Apply(const SeriesTable& table);
    // Of a series that has rows.
    void Find(const SeriesState& series);

    // Tells the series its shard where it has none; a pin that must be stored goes to `fresh`.
    void Place(const SeriesState& series, std::vector<StateRow>& fresh);

  private:
    const std::vector<std::string> shards_;
    std::unordered_map<std::string, int> pins_;  // by model::InstrumentKey
};

}  // namespace mp::storage::clickhouse
