#pragma once
// What a venue lists, as it told last. One executor's thread.

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "collector/feed/missing.hpp"
#include "collector/feed/rest_client.hpp"
#include "collector/metrics.hpp"
#include "collector/venues/listing.hpp"
#include "collector/venues/venue.hpp"
#include "runtime/task.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {

class Listings {
  public:
    // All outlive it.
    Listings(
        const Venue& venue,
        RestClient& rest,
        const CollectorMetrics& metrics,
        std::string exchange,
        telemetry::Logger log
    );

    // Asks for all of it. After an error what was known before stays.
    Task<Status> Load();

    // Venues leave instruments out of a list by mistake (see Missing): what is collected and kept
    // all the same stands in all(), too. Call it once after each Load.
    void KeepMissing(std::span<const Listing> collected, Nanos steady);
    // Why the last list is not believed; OK where it is.
    const Status& doubt() const { return missing_.doubt(); }

    // By the canonical or the venue's own symbol; null: it lists no such. Until the next Load.
    const Listing* Find(const std::string& symbol) const;
    const std::vector<Listing>& all() const { return all_; }
    // When the last of it was received.
    Nanos received_ts() const { return received_ts_; }
    bool known() const { return known_; }
    // Why the last Load failed; OK when it did not, or when there was none.
    const Status& trouble() const { return trouble_; }

  private:
    Task<Status> Ask();
    void ReportClashes(const std::vector<std::string>& symbols);

    const Venue& venue_;
    RestClient& rest_;
    const CollectorMetrics& metrics_;
    const std::string exchange_;
    const telemetry::Logger log_;
    std::vector<Listing> all_;
    Nanos received_ts_ = 0;
    bool known_ = false;
    Status trouble_;
    Missing missing_;
    std::set<std::string> clashes_;  // that have been reported
};

}  // namespace mp::collector
