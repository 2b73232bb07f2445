#include "collector/collector.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <utility>

#include "base/time.hpp"
#include "bus/probe.hpp"
#include "bus/topology.hpp"
#include "runtime/all_of.hpp"
#include "runtime/finally.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;
using telemetry::Severity;

const telemetry::Logger kLog{"collector"};

constexpr Duration kMeetOthers = 5s;
constexpr Duration kPerClaim = 250us;  // at most 4,000 claims a second

Outbox::Config OutboxConfig(const CollectorConfig& config, std::function<Task<Status>()> make) {
    Outbox::Config outbox;
    outbox.publisher = config.bus.publisher;
    outbox.unpublishable.directory = std::filesystem::path(config.spool.path) / "unpublishable";
    outbox.make_stream = std::move(make);
    return outbox;
}

Lanes::Config LanesConfig(const CollectorConfig& config) {
    return {
        config.service.instance,
        config.batch.max_bytes,
        config.batch.max_delay,
        config.batch.eager_in_flight};
}

}  // namespace

Collector::Collector(
    Executor executor,
    const CollectorConfig& config,
    bus::Connection& bus,
    Spool& spool,
    CollectorMetrics& metrics,
    telemetry::Health& health
)
    : config_(config),
      bus_(bus),
      metrics_(metrics),
      health_(health),
      dead_letters_(bus, {}),
      capture_(config.raw_capture, metrics.registry()),
      budgets_bucket_(bus, bus::BudgetsBucket(config.bus.replicas).bucket),
      budgets_(
          budgets_bucket_,
          [&bus] { return bus.state().connected; },
          config.rest.share_without_bus,
          metrics.registry()
      ),
      outbox_(
          bus,
          spool,
          OutboxConfig(config, [this] { return stream_.Make(); }),
          {[this](std::span<const LostEvents> lost) { losses_.OnPoisoned(lost); },
           [this] { lanes_.OnRoom(); }}
      ),
      stream_(bus, config.bus, outbox_, std::filesystem::path(config.spool.path) / "shards"),
      losses_(series_, outbox_, metrics, config.service.instance, stream_.shards()),
      lanes_(
          executor,
          outbox_,
          LanesConfig(config),
          [this](std::span<const SeriesId> series, const Status& why) {
              losses_.OnDropped(series, why);
          }
      ),
      claims_(lanes_, metrics, config.service.instance),
      history_output_(outbox_, metrics, config.service.instance, stream_.shards()),
      feeds_(executor, config, capture_, health),
      shared_changes_(bus, config.bus.replicas, feeds_.all()),
      letter_metrics_(metrics.registry(), dead_letters_),
      publish_metrics_(metrics.registry(), outbox_) {
    AddHealth();
    AddFleetMetrics();
}

void Collector::AddHealth() {
    health_.AddDependency("nats", bus::Probe(bus_), Severity::kDegrading);
    health_.AddCheck(
        "spool", [this] { return losses_.spool_has_room(); }, Severity::kDegrading
    );
    health_.AddCheck(
        "publishing",
        [this] { return outbox_.trouble().ok() && losses_.all_publishable(); },
        Severity::kDegrading
    );
    health_.AddCheck(
        "collecting", [this] { return collecting_.IsSet(); }, Severity::kDegrading
    );
}

void Collector::AddFleetMetrics() {
    const auto add = [this](const char* name, const char* help, std::function<double()> read) {
        fleet_metrics_.push_back(metrics_.registry().Read(
            telemetry::MetricRegistry::ReadKind::kGauge, name, help, {}, std::move(read)
        ));
    };
    add("marketprism_fleet_collectors", "Collectors that live, this one too.", [this] {
        return fleet_ ? static_cast<double>(fleet_->size()) : 0;
    });
    add("marketprism_fleet_handing_over",
        "Instruments that are collected until others do.",
        [this] { return fleet_ ? static_cast<double>(fleet_->kept()) : 0; });
}

Task<Status> Collector::Run(registry::Instance self, Task<Status> reloads) {
    fleet_ = std::make_unique<Fleet>(
        bus_, config_.bus.replicas, config_.fleet, std::move(self), config_.spool.path, feeds_.all()
    );
    co_return co_await runtime::Finally(Work(std::move(reloads)), Leave());
}

Task<Status> Collector::Work(Task<Status> reloads) {
    co_return co_await runtime::AllOf(
        stream_.Run(),
        outbox_.Run(),
        budgets_.Run(),
        capture_.Run(),
        dead_letters_.Run(),
        CollectVenues(),
        ClaimCoverage(),
        JoinFleet(),
        SetReadyInTime(),
        std::move(reloads)
    );
}

// Does not wait for a broker that is away longer than a moment: the spool takes what comes.
Task<Status> Collector::CollectVenues() {
    const bool known = co_await stream_.KnownOrAssumed(Deadline::After(config_.bus.startup_wait));
    if (known && config_.fleet.enabled) {
        const bool others = co_await fleet_->Known(Deadline::After(kMeetOthers));
        if (!others) kLog.Warn("no registry yet, collecting everything");
    }
    feeds_.Make(OutputOfFeeds());
    co_await fleet_->Introduce();
    collecting_.Set();
    co_return co_await feeds_.Run();
}

FeedOutput Collector::OutputOfFeeds() {
    return {
        lanes_,
        claims_,
        series_,
        metrics_,
        dead_letters_,
        budgets_,
        stream_.shards(),
        config_.service.instance};
}

Task<Status> Collector::ClaimCoverage() {
    size_t claimed = 0;
    for (;;) {
        // With thousands of series claims come less often instead of crowding out the data.
        const Duration budget = claimed * kPerClaim;
        co_await runtime::Sleep(std::max(config_.coverage_interval, budget));
        claimed = Claim();
    }
}

size_t Collector::Claim() {
    // What cannot be kept must be known before anything is claimed about it.
    lanes_.Flush();
    feeds_.CollectCoverage();
    return claims_.Send();
}

Task<Status> Collector::JoinFleet() {
    co_await stream_.Known();
    co_return co_await runtime::AllOf(fleet_->Run(), ShareChanges());
}

Task<Status> Collector::ShareChanges() {
    co_await collecting_.Wait();
    co_return co_await shared_changes_.Run();
}

// Others must know of this one before they are stopped because it is ready.
Task<Status> Collector::SetReadyInTime() {
    co_await stream_.Known();
    if (config_.fleet.enabled) co_await collecting_.Wait();
    if (stop_by_) co_return OkStatus();
    health_.SetReady(true);
    kLog.Info("ready", {{"shards", stream_.shards()}});
    co_return OkStatus();
}

Task<> Collector::HandOver() {
    health_.SetReady(false);
    stop_by_ = Deadline::After(config_.service.drain_timeout);
    if (!fleet_ || !collecting_.IsSet()) co_return;
    const Duration limit =
        std::min<Duration>(config_.fleet.handover, config_.service.drain_timeout / 2);
    co_await fleet_->HandOver(Deadline::After(limit));
}

// The inputs have stopped. Gets out what was collected.
Task<> Collector::Leave() {
    health_.SetReady(false);
    const Deadline deadline = stop_by_.value_or(Deadline::After(config_.service.drain_timeout));
    co_await fleet_->Leave();
    Claim();
    co_await capture_.Finish();
    const Status drained = co_await runtime::FirstOf(outbox_.Run(), outbox_.Drain(deadline));
    if (!drained.ok()) kLog.Warn("not everything was acknowledged", {{"reason", drained}});
    (void)co_await bus_.Drain(Deadline::After(2s));
}

}  // namespace mp::collector
