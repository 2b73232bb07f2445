#pragma once
// The service: feeds on one side, the bus on the other, coverage in between. One io_context thread.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/kv_bucket.hpp"
#include "collector/capture/raw_capture.hpp"
#include "collector/config.hpp"
#include "collector/feed/feed.hpp"
#include "collector/fleet/fleet.hpp"
#include "collector/fleet/shared_changes.hpp"
#include "collector/metrics.hpp"
#include "collector/publish/claim_writer.hpp"
#include "collector/publish/lanes.hpp"
#include "collector/publish/outbox.hpp"
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
    using Reload = std::function<Result<CollectorConfig>()>;

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
    // for what was collected to be acknowledged.
    Task<Status> Run(registry::Instance self, Reload reload);

    // Not ready any more: has the other collectors take over what this one collects, where there
    // are any, before Run is cancelled. Bounded by `fleet.handover`.
    Task<> HandOver();

    std::vector<std::unique_ptr<Feed>>& feeds() { return feeds_; }
    HistoryOutput& history_output() { return history_output_; }
    // What was added and removed at run time, for all collectors.
    SharedChanges& shared_changes() { return shared_changes_; }

  private:
    Task<Status> Work(Reload reload);
    Task<Status> KeepBus();
    Task<Status> MakeStream();
    void SetReady();
    Task<> LookForRoom();
    Task<Status> CollectVenues();
    Task<Status> ClaimCoverage();
    Task<Status> FollowReloads(Reload reload);
    Task<Status> JoinFleet();
    Task<Status> ShareChanges();
    Task<> Leave();

    void MakeFeeds(uint32_t shards);
    size_t Claim();
    void OnDropped(std::span<const SeriesId> series, const Status& why);
    void OnPoisoned(std::span<const LostEvents> lost);
    void Lose(SeriesId id, std::string_view reason);
    void AddHealth(telemetry::Health& health);
    void AddReadings();

    Executor executor_;
    const CollectorConfig& config_;
    bus::Connection& bus_;
    Spool& spool_;
    CollectorMetrics& metrics_;
    telemetry::Health& health_;

    bus::DeadLetters dead_letters_;
    RawCapture capture_;
    std::deque<FrameRecorder> recorders_;  // one a feed
    bus::KvBucket budgets_bucket_;
    Budgets budgets_;
    SeriesTable series_;
    Outbox outbox_;
    Lanes lanes_;
    ClaimWriter claims_;
    HistoryOutput history_output_;
    std::vector<std::unique_ptr<Feed>> feeds_;

    uint32_t shards_ = 0;  // 0: the broker has not been asked yet
    runtime::Event stream_known_;
    runtime::Event collecting_;  // its feeds are there, whatever their state
    std::unique_ptr<Fleet> fleet_;
    std::optional<Deadline> stop_by_;  // once asked to stop
    SharedChanges shared_changes_;
    Nanos full_until_ = 0;      // steady: the spool was full a moment ago
    Nanos poisoned_until_ = 0;  // ... a batch was put aside
    std::vector<telemetry::MetricRegistry::Reading> readings_;
};

}  // namespace mp::collector
