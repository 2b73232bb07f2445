#pragma once
// The service's life: feeds on one side, the bus on the other, coverage in between. One io_context
// thread.

#include <memory>
#include <optional>
#include <vector>

#include "base/deadline.hpp"
#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/dead_letter_metrics.hpp"
#include "bus/kv_bucket.hpp"
#include "collector/capture/raw_capture.hpp"
#include "collector/config.hpp"
#include "collector/feed/feed_set.hpp"
#include "collector/fleet/fleet.hpp"
#include "collector/fleet/shared_changes.hpp"
#include "collector/metrics.hpp"
#include "collector/publish/claim_writer.hpp"
#include "collector/publish/lanes.hpp"
#include "collector/publish/losses.hpp"
#include "collector/publish/market_stream.hpp"
#include "collector/publish/outbox.hpp"
#include "collector/publish/publish_metrics.hpp"
#include "collector/repair/history_output.hpp"
#include "collector/rest/budgets.hpp"
#include "collector/spool/spool.hpp"
#include "registry/instance.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "telemetry/health.hpp"

namespace mp::collector {

class Collector {
  public:
    // Everything referenced outlives it.
    Collector(
        Executor executor,
        const CollectorConfig& config,
        bus::Connection& bus,
        Spool& spool,
        CollectorMetrics& metrics,
        telemetry::Health& health
    );

    // Collects until cancelled or failed; then stops the feeds and waits, within the drain timeout,
    // for what was collected to be acknowledged. `reloads` goes on meanwhile.
    Task<Status> Run(registry::Instance self, Task<Status> reloads);

    // Not ready any more: has the other collectors take over what this one collects, where there
    // are any, before Run is cancelled. Bounded by `fleet.handover`.
    Task<> HandOver();

    FeedSet& feeds() { return feeds_; }
    HistoryOutput& history_output() { return history_output_; }
    // What was added and removed at run time, for all collectors.
    SharedChanges& shared_changes() { return shared_changes_; }

  private:
    Task<Status> Work(Task<Status> reloads);
    Task<Status> CollectVenues();
    Task<Status> ClaimCoverage();
    size_t Claim();
    Task<Status> JoinFleet();
    Task<Status> ShareChanges();
    Task<Status> SetReadyInTime();
    Task<> Leave();

    FeedOutput OutputOfFeeds();
    void AddHealth();
    void AddFleetMetrics();

    const CollectorConfig& config_;
    bus::Connection& bus_;
    CollectorMetrics& metrics_;
    telemetry::Health& health_;

    bus::DeadLetters dead_letters_;
    RawCapture capture_;
    bus::KvBucket budgets_bucket_;
    Budgets budgets_;
    SeriesTable series_;
    Outbox outbox_;
    MarketStream stream_;
    Losses losses_;
    Lanes lanes_;
    ClaimWriter claims_;
    HistoryOutput history_output_;
    FeedSet feeds_;
    runtime::Event collecting_;  // the feeds are there, whatever their state
    SharedChanges shared_changes_;
    std::unique_ptr<Fleet> fleet_;
    std::optional<Deadline> stop_by_;  // once asked to stop

    bus::DeadLetterMetrics letter_metrics_;
    PublishMetrics publish_metrics_;
    std::vector<telemetry::MetricRegistry::Reading> fleet_metrics_;
};

}  // namespace mp::collector
