#include "collector/publish/losses.hpp"

#include <utility>

#include "base/time.hpp"
#include "collector/coverage/finding.hpp"
#include "telemetry/logging.hpp"
#include "wire/batch.hpp"

namespace mp::collector {
namespace {

const telemetry::Logger kLog{"collector"};

constexpr Nanos kShownFor = 10 * kSecond;  // in /health

}  // namespace

Losses::Losses(
    SeriesTable& series,
    Outbox& outbox,
    const CollectorMetrics& metrics,
    std::string instance,
    const uint32_t& shards
)
    : series_(series),
      outbox_(outbox),
      metrics_(metrics),
      instance_(std::move(instance)),
      shards_(shards) {}

void Losses::OnDropped(std::span<const SeriesId> series, const Status& why) {
    if (spool_has_room()) kLog.Error("events are dropped", {{"reason", why}});
    full_until_ = DefaultClock().Steady() + kShownFor;
    metrics_.Dropped(gap_reason::kSpoolFull);
    for (const SeriesId id : series) Lose(id, gap_reason::kSpoolFull);
}

void Losses::Lose(SeriesId id, std::string_view reason) {
    CollectedSeries& series = series_.at(id);
    if (!series.tracker.flowing()) return;
    series.tracker.Lose(reason);
    series.tracker.Start(DefaultClock().Now(), DefaultClock().Steady());
}

void Losses::OnPoisoned(std::span<const LostEvents> lost) {
    const Nanos now = DefaultClock().Now();
    poisoned_until_ = DefaultClock().Steady() + kShownFor;
    metrics_.Dropped(gap_reason::kUnpublishable);
    wire::BatchBuilder gaps{instance_};
    for (const LostEvents& events : lost) {
        Finding gap;
        gap.state = model::CoverageState::kOpen;
        gap.from = events.interval.from;
        gap.to = events.interval.to;
        gap.reason = gap_reason::kUnpublishable;
        gaps.Add(events.instrument, CoverageEvent(events.type, gap, instance_, now));
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

bool Losses::spool_has_room() const {
    return DefaultClock().Steady() >= full_until_;
}

bool Losses::all_publishable() const {
    return DefaultClock().Steady() >= poisoned_until_;
}

}  // namespace mp::collector
