#include "collector/collector.hpp"

#include <chrono>
#include <utility>

#include "base/time.hpp"
#include "bus/stream.hpp"
#include "bus/topology.hpp"
#include "collector/venues/registry.hpp"
#include "runtime/all_of.hpp"
#include "runtime/finally.hpp"
#include "runtime/first_of.hpp"
#include "runtime/signals.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"
#include "wire/batch.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;
using telemetry::Severity;

const telemetry::Logger kLog{"collector"};

constexpr Duration kRetry = 500ms;
constexpr Duration kMeetOthers = 5s;
constexpr Duration kLookForRoom = 250ms;
constexpr Duration kPerClaim = 250us;      // at most 4,000 claims a second
constexpr Nanos kShownFor = 10 * kSecond;  // a loss, in /health
constexpr int64_t kDeadLetterBytes = int64_t{256} << 20;

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

// What was added and removed in an earlier life, beside the spool: both are this collector's own.
InstrumentChanges ChangesOf(const std::filesystem::path& folder, const std::string& venue) {
    const std::filesystem::path path = folder / "instruments" / (venue + ".json");
    auto changes = InstrumentChanges::Load(path);
    if (changes.ok()) return *std::move(changes);
    kLog.Error("instruments added at run time are forgotten", {{"reason", changes.status()}});
    return InstrumentChanges(path);
}

Task<Status> BusState(const bus::Connection& bus) {
    const bus::ConnectionState& state = bus.state();
    if (state.connected) co_return OkStatus();
    co_return absl::UnavailableError(state.error.empty() ? "not connected" : state.error);
}

Task<Status> FeedState(const Feed& feed) {
    if (!feed.listed()) co_return absl::UnavailableError("its instruments are not known yet");
    if (!feed.connected()) co_return absl::UnavailableError("not every connection is up");
    if (feed.unmatched().empty()) co_return OkStatus();
    std::string symbols;
    for (const std::string& symbol : feed.unmatched()) symbols += " " + symbol;
    co_return absl::NotFoundError("configured but not listed:" + symbols);
}

// How much a stream takes before it is all but full.
uint64_t RoomIn(const bus::StreamInfo& stream) {
    if (stream.config.max_bytes <= 0) return UINT64_MAX / 2;
    const auto limit = static_cast<uint64_t>(stream.config.max_bytes);
    const uint64_t usable = limit - limit / 64;
    return usable > stream.bytes ? usable - stream.bytes : 0;
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
    : executor_(executor),
      config_(config),
      bus_(bus),
      spool_(spool),
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
          OutboxConfig(config, [this] { return MakeStream(); }),
          {[this](std::span<const LostEvents> lost) { OnPoisoned(lost); },
           [this] { lanes_.OnRoom(); }}
      ),
      lanes_(
          executor,
          outbox_,
          LanesConfig(config),
          [this](std::span<const SeriesId> series, const Status& why) { OnDropped(series, why); }
      ),
      claims_(lanes_, config.service.instance),
      history_output_(outbox_, metrics, config.service.instance, shards_),
      shared_changes_(bus, config.bus.replicas, feeds_) {
    health.AddDependency(
        "nats", [this] { return BusState(bus_); }, Severity::kDegrading
    );
    health.AddCheck(
        "spool", [this] { return DefaultClock().Steady() >= full_until_; }, Severity::kDegrading
    );
    health.AddCheck(
        "publishing",
        [this] { return outbox_.trouble().ok() && DefaultClock().Steady() >= poisoned_until_; },
        Severity::kDegrading
    );
    health.AddCheck(
        "collecting", [this] { return collecting_.IsSet(); }, Severity::kDegrading
    );
    AddReadings();
}

Task<Status> Collector::Run(registry::Instance self, Reload reload) {
    fleet_ = std::make_unique<Fleet>(
        bus_, config_.bus.replicas, config_.fleet, std::move(self), config_.spool.path, feeds_
    );
    co_return co_await runtime::Finally(Work(std::move(reload)), Leave());
}

Task<Status> Collector::Work(Reload reload) {
    co_return co_await runtime::AllOf(
        KeepBus(),
        outbox_.Run(),
        budgets_.Run(),
        capture_.Run(),
        CollectVenues(),
        ClaimCoverage(),
        JoinFleet(),
        FollowReloads(std::move(reload))
    );
}

// Connects, makes sure that the streams are there, and keeps an eye on the room that is left.
Task<Status> Collector::KeepBus() {
    MP_CO_RETURN_IF_ERROR(co_await bus_.Connect());
    for (;;) {
        const Status made = co_await MakeStream();
        if (made.ok()) break;
        if (absl::IsFailedPrecondition(made)) co_return made;
        kLog.Warn("the broker's stream is not to be had", {{"reason", made}});
        co_await runtime::Sleep(kRetry);
    }
    stream_known_.Set();
    // Others must know of this one before they are stopped because it is ready.
    if (!config_.fleet.enabled || collecting_.IsSet()) SetReady();
    for (;;) {
        co_await LookForRoom();
        co_await runtime::Sleep(kLookForRoom);
    }
}

void Collector::SetReady() {
    if (stop_by_) return;
    health_.SetReady(true);
    kLog.Info("ready", {{"shards", shards_}});
}

Task<> Collector::LookForRoom() {
    const uint64_t done = outbox_.SentAndDone();
    const auto stream =
        co_await bus::GetStreamInfo(bus_, bus::kMarketDataStream, Deadline::After(5s));
    if (stream.ok()) outbox_.SetRoom(RoomIn(*stream), done);
}

// The stream as it is, or a new one. Its number of shards is a property of the stream.
Task<Status> Collector::MakeStream() {
    auto info = co_await bus::GetStreamInfo(bus_, bus::kMarketDataStream, Deadline::After(5s));
    if (absl::IsNotFound(info.status())) {
        bus::StreamConfig stream = bus::MarketDataStream(
            static_cast<int64_t>(config_.bus.stream_max_bytes),
            config_.bus.replicas,
            shards_ == 0 ? config_.bus.shards : shards_
        );
        info = co_await bus::EnsureStream(bus_, std::move(stream), Deadline::After(5s));
    }
    if (!info.ok()) co_return info.status();
    const auto shards = bus::ShardsOf(*info);
    if (!shards.ok()) co_return absl::FailedPreconditionError(shards.status().message());
    if (shards_ != 0 && shards_ != *shards) {
        co_return absl::FailedPreconditionError(
            "stream MARKET_DATA has " + std::to_string(*shards) + " shards, collected were " +
            std::to_string(shards_) + ": set bus.shards and start again"
        );
    }
    shards_ = *shards;
    bus::StreamConfig dead = bus::DeadLetterStream(kDeadLetterBytes, config_.bus.replicas);
    const auto dead_letters =
        co_await bus::EnsureStream(bus_, std::move(dead), Deadline::After(5s));
    if (!dead_letters.ok()) kLog.Warn("no dead letters", {{"reason", dead_letters.status()}});
    bus::KvConfig budgets = bus::BudgetsBucket(config_.bus.replicas);
    const auto shared = co_await bus::KvBucket::Open(bus_, std::move(budgets), Deadline::After(5s));
    if (!shared.ok()) kLog.Warn("no shared REST budgets", {{"reason", shared.status()}});
    co_return OkStatus();
}

// Does not wait for a broker that is away longer than a moment: the spool takes what comes.
Task<Status> Collector::CollectVenues() {
    const bool known = co_await stream_known_.Wait(Deadline::After(config_.bus.startup_wait));
    if (!known) {
        kLog.Warn("no broker yet, collecting into the spool", {{"shards", config_.bus.shards}});
        if (shards_ == 0) shards_ = config_.bus.shards;
    } else if (config_.fleet.enabled) {
        const bool others = co_await fleet_->Known(Deadline::After(kMeetOthers));
        if (!others) kLog.Warn("no registry yet, collecting everything");
    }
    MakeFeeds(shards_);
    co_await fleet_->Introduce();
    collecting_.Set();
    if (known && config_.fleet.enabled) SetReady();
    std::vector<Task<Status>> running;
    for (const auto& feed : feeds_) running.push_back(feed->Run());
    if (running.empty()) kLog.Warn("no venue is enabled");
    for (;;) {
        if (!running.empty()) co_return co_await runtime::AllOf(std::move(running));
        co_await runtime::Sleep(24h);
    }
}

void Collector::MakeFeeds(uint32_t shards) {
    for (const VenueConfig& venue_config : config_.venues) {
        if (!venue_config.enabled) continue;
        auto venue = MakeVenue(venue_config);
        if (!venue.ok()) {
            kLog.Error("no such venue", {{"venue", venue_config.name}, {"reason", venue.status()}});
            continue;
        }
        FeedConfig feed_config = config_.feed;
        if (capture_.enabled()) {
            recorders_.emplace_back(
                capture_, venue_config.exchange, model::ToString(venue_config.market)
            );
            feed_config.link.session.recorder = &recorders_.back();
        }
        feeds_.push_back(std::make_unique<Feed>(
            executor_,
            venue_config,
            std::move(*venue),
            feed_config,
            FeedOutput{
                lanes_,
                claims_,
                series_,
                metrics_,
                dead_letters_,
                budgets_,
                shards,
                config_.service.instance},
            ChangesOf(config_.spool.path, venue_config.name),
            Shard(config_.service.instance, config_.fleet.redundancy)
        ));
        const Feed& feed = *feeds_.back();
        health_.AddDependency(
            venue_config.name, [&feed] { return FeedState(feed); }, Severity::kDegrading
        );
    }
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
    const Nanos now = DefaultClock().Now();
    const Nanos steady = DefaultClock().Steady();
    // What cannot be kept must be known before anything is claimed about it.
    lanes_.Flush();
    for (const auto& feed : feeds_) feed->CollectCoverage(now, steady);
    return claims_.Send();
}

void Collector::OnDropped(std::span<const SeriesId> series, const Status& why) {
    if (DefaultClock().Steady() >= full_until_) kLog.Error("events are dropped", {{"reason", why}});
    full_until_ = DefaultClock().Steady() + kShownFor;
    metrics_.Dropped(gap_reason::kSpoolFull);
    for (const SeriesId id : series) Lose(id, gap_reason::kSpoolFull);
}

void Collector::Lose(SeriesId id, std::string_view reason) {
    CollectedSeries& series = series_.at(id);
    if (!series.tracker.flowing()) return;
    series.tracker.Lose(reason);
    series.tracker.Start(DefaultClock().Now(), DefaultClock().Steady());
}

// Says so behind the batches that are older, ahead of the claims that are cut by it.
void Collector::OnPoisoned(std::span<const LostEvents> lost) {
    const Nanos now = DefaultClock().Now();
    poisoned_until_ = DefaultClock().Steady() + kShownFor;
    metrics_.Dropped(gap_reason::kUnpublishable);
    wire::BatchBuilder gaps{config_.service.instance};
    for (const LostEvents& events : lost) {
        Finding gap;
        gap.state = model::CoverageState::kOpen;
        gap.from = events.interval.from;
        gap.to = events.interval.to;
        gap.reason = gap_reason::kUnpublishable;
        gaps.Add(events.instrument, CoverageEvent(events.type, gap, config_.service.instance, now));
        metrics_.ForType(events.instrument.exchange, events.type).gaps.Add();
    }
    if (gaps.empty()) return;
    std::string batch;
    gaps.Finish(batch);
    // All instruments of a batch are of one shard.
    const std::string subject =
        model::Subject(lost.front().instrument, model::DataType::kCoverage, shards_);
    const Status put = outbox_.Put(RecordKind::kClaim, subject, batch);
    if (!put.ok()) kLog.Error("a gap goes without its reason", {{"reason", put}});
}

Task<Status> Collector::JoinFleet() {
    co_await stream_known_.Wait();
    co_return co_await runtime::AllOf(fleet_->Run(), ShareChanges());
}

Task<Status> Collector::ShareChanges() {
    co_await collecting_.Wait();
    co_return co_await shared_changes_.Run();
}

Task<> Collector::HandOver() {
    health_.SetReady(false);
    stop_by_ = Deadline::After(config_.service.drain_timeout);
    if (!fleet_ || !collecting_.IsSet()) co_return;
    const Duration limit =
        std::min<Duration>(config_.fleet.handover, config_.service.drain_timeout / 2);
    co_await fleet_->HandOver(Deadline::After(limit));
}

// Symbols and log level follow the files; the rest wants a restart.
Task<Status> Collector::FollowReloads(Reload reload) {
    for (;;) {
        co_await runtime::ReloadSignal();
        const auto fresh = reload();
        if (!fresh.ok()) {
            kLog.Error("the new configuration is refused", {{"reason", fresh.status()}});
            continue;
        }
        telemetry::SetLogLevel(telemetry::ParseLogLevel(fresh->service.log_level).value());
        for (const auto& feed : feeds_) {
            for (const VenueConfig& venue : fresh->venues) {
                if (venue.name == feed->config().name)
                    feed->SetSymbols(venue.symbols, venue.exclude);
            }
        }
        kLog.Info("configuration reloaded");
    }
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

void Collector::AddReadings() {
    using Kind = telemetry::MetricRegistry::ReadKind;
    telemetry::MetricRegistry& registry = metrics_.registry();
    const auto add = [&](Kind kind, const char* name, const char* help, std::function<double()> read
                     ) {
        readings_.push_back(registry.Read(kind, name, help, {}, std::move(read)));
    };
    add(Kind::kGauge, "marketprism_spool_bytes", "Bytes in the spool.", [this] {
        return static_cast<double>(spool_.bytes());
    });
    add(Kind::kGauge,
        "marketprism_fleet_collectors",
        "Collectors that live, this one too.",
        [this] { return fleet_ ? static_cast<double>(fleet_->size()) : 0; });
    add(Kind::kGauge,
        "marketprism_fleet_handing_over",
        "Instruments that are collected until others do.",
        [this] { return fleet_ ? static_cast<double>(fleet_->kept()) : 0; });
    add(Kind::kGauge, "marketprism_spool_records", "Batches not acknowledged.", [this] {
        return static_cast<double>(spool_.last() - spool_.trimmed());
    });
    add(Kind::kGauge, "marketprism_publish_in_flight", "Batches being published.", [this] {
        return static_cast<double>(outbox_.in_flight());
    });
    add(Kind::kCounter, "marketprism_batches_published_total", "Batches acknowledged.", [this] {
        return static_cast<double>(outbox_.stats().published);
    });
    add(Kind::kCounter, "marketprism_publish_failures_total", "Publishes that failed.", [this] {
        return static_cast<double>(outbox_.stats().failures);
    });
    add(Kind::kCounter,
        "marketprism_batches_unpublishable_total",
        "Batches put aside for good.",
        [this] { return static_cast<double>(outbox_.stats().poisoned); });
    add(Kind::kCounter, "marketprism_dead_letters_total", "Messages kept as dead letters.", [this] {
        return static_cast<double>(dead_letters_.counters().stored);
    });
}

}  // namespace mp::collector
