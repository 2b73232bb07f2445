#pragma once
// Finds what is stored under the keys and identities that a batch brings once more: few queries for
// many events. Used by the writer, for one batch.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/engines/clickhouse/cluster.hpp"
#include "storage/engines/clickhouse/series_table.hpp"

namespace mp::storage::clickhouse {

struct StandingEvent {
    std::string key;
    std::string event;
    Nanos received_ts = 0;
};

class StandingEvents {
  public:
    explicit StandingEvents(const Cluster& cluster) : cluster_(cluster) {}

    // What to look for. The views live until Load has returned.
    void WantKey(const SeriesState& series, std::string_view key);
    void WantIdentity(const SeriesState& series, std::string_view identity);

    Status Load();

    // Null: nothing is stored there.
    const StandingEvent* ByKey(const SeriesState& series, std::string_view key) const;
    const StandingEvent* ByIdentity(const SeriesState& series, std::string_view identity) const;

    void Clear();

  private:
    struct Wanted {
        const SeriesState* series = nullptr;
        std::string text;  // a key or an identity
    };

    Status FindIdentities();
    Status FindIdentities(const Shard& shard);
    Status FetchPlaces(const Shard& shard, const std::string& condition);
    Status FindKeys();
    Status FetchKeys(const Shard& shard, model::DataType type, const std::string& condition);

    const Cluster& cluster_;
    std::vector<Wanted> keys_;
    std::vector<Wanted> identities_;
    std::unordered_map<std::string, StandingEvent> found_;  // series name, key
    std::unordered_map<std::string, std::string> places_;   // series name, identity -> key
};

}  // namespace mp::storage::clickhouse
