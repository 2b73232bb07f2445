#pragma once
// The budgets of all venues of this process, one a pool: feeds whose venues count their requests
// together share one. One executor's thread; outlives the feeds.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collector/rest/budget.hpp"
#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"
#include "reliability/key_value.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::collector {

class Budgets {
  public:
    // `bucket` and `metrics` outlive it. `share`: of each budget, for a collector without the bus.
    Budgets(
        reliability::KeyValue& bucket,
        std::function<bool()> reachable,
        double share,
        telemetry::MetricRegistry& metrics
    );

    // The budget that the venue's requests are counted in. Of entries that share one, the first
    // says its limit.
    Budget& Of(const Venue& venue, const VenueConfig& config);

    // Hears at once what other collectors enter; until cancelled.
    Task<Status> Run();

  private:
    struct Pool {
        std::unique_ptr<Budget> budget;
        std::vector<telemetry::MetricRegistry::Reading> readings;
    };

    Task<Status> Follow(reliability::KeyWatch& watch);
    void AddReadings(const std::string& name, Pool& pool);

    reliability::KeyValue& bucket_;
    const std::function<bool()> reachable_;
    const double share_;
    telemetry::MetricRegistry& metrics_;
    std::map<std::string, Pool> pools_;  // by key
};

// Who shares a budget: the venue's pool, and where its address is not the exchange's own (a test
// network, a simulator), that address.
std::string PoolOf(const Venue& venue, const VenueConfig& config);

}  // namespace mp::collector
