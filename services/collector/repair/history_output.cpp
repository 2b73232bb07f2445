#include "collector/repair/history_output.hpp"

#include <utility>

#include "collector/publish/claim_writer.hpp"
#include "wire/batch.hpp"

namespace mp::collector {
namespace {

constexpr size_t kBatchBytes = 64u << 10;

}  // namespace

HistoryOutput::HistoryOutput(
    Outbox& outbox, CollectorMetrics& metrics, std::string producer, const uint32_t& shards
)
    : outbox_(outbox),
      metrics_(metrics),
      producer_(std::move(producer)),
      shards_(shards),
      events_(metrics.registry().Counters(
          "marketprism_history_events_total",
          "Events asked for by REST, beside streams.",
          {"exchange", "data_type"}
      )),
      claims_(metrics.registry().Counters(
          "marketprism_history_claims_total",
          "What was recorded of intervals asked for by REST.",
          {"exchange", "data_type", "state"}
      )) {}

Status HistoryOutput::PutEvents(
    const model::Instrument& instrument, std::span<const model::Event> events
) {
    if (events.empty()) return OkStatus();
    const model::DataType type = model::TypeOf(events.front());
    const std::string subject = model::Subject(instrument, type, shards_);
    wire::BatchBuilder builder(producer_);
    for (const model::Event& event : events) {
        builder.Add(instrument, event);
        const bool last = &event == &events.back();
        if (builder.bytes() < kBatchBytes && !last) continue;
        builder.Finish(batch_);
        MP_RETURN_IF_ERROR(outbox_.Put(RecordKind::kData, subject, batch_));
    }
    metrics_.ForType(instrument.exchange, type).received.Add(events.size());
    events_.With({instrument.exchange, model::ToString(type)}).Add(events.size());
    return OkStatus();
}

Status HistoryOutput::PutClaim(
    const model::Instrument& instrument, model::DataType type, const model::CoverageSpan& claim
) {
    Finding finding;
    finding.basis = claim.basis;
    finding.state = claim.state;
    finding.from = claim.interval.from;
    finding.to = claim.interval.to;
    finding.from_id = claim.from_id;
    finding.to_id = claim.to_id;
    finding.reason = claim.reason;
    finding.missing = claim.missing;
    wire::BatchBuilder builder(producer_);
    builder.Add(instrument, CoverageEvent(type, finding, claim.source, claim.detected_ts));
    builder.Finish(batch_);
    claims_.With({instrument.exchange, model::ToString(type), model::ToString(claim.state)}).Add();
    const std::string subject = model::Subject(instrument, model::DataType::kCoverage, shards_);
    return outbox_.Put(RecordKind::kClaim, subject, batch_);
}

}  // namespace mp::collector
