#include "collector/publish/claim_writer.hpp"

namespace mp::collector {

model::Event CoverageEvent(
    model::DataType type, const Finding& finding, std::string_view source, Nanos now
) {
    model::Coverage coverage;
    coverage.data_type = type;
    coverage.basis = finding.basis;
    coverage.state = finding.state;
    coverage.from_ts = finding.from;
    coverage.to_ts = finding.to;
    coverage.from_id = finding.from_id;
    coverage.to_id = finding.to_id;
    coverage.reason = finding.reason;
    coverage.missing = finding.missing;
    coverage.detected_ts = now;
    coverage.source = source;

    model::Event event;
    event.order_ts = finding.from;
    event.received_ts = now;
    event.body = coverage;
    return event;
}

ClaimLaneId ClaimWriter::Find(const std::string& subject) {
    const auto [entry, is_new] =
        by_subject_.try_emplace(subject, static_cast<ClaimLaneId>(all_.size()));
    if (is_new) all_.emplace_back(subject, producer_);
    return entry->second;
}

void ClaimWriter::Add(
    ClaimLaneId lane,
    const model::Instrument& instrument,
    model::DataType type,
    const Finding& finding,
    std::string_view source,
    Nanos now
) {
    all_[lane].builder.Add(instrument, CoverageEvent(type, finding, source, now));
}

size_t ClaimWriter::Send() {
    size_t claims = 0;
    for (Lane& lane : all_) {
        if (lane.builder.empty()) continue;
        claims += lane.builder.count();
        lane.builder.Finish(batch_);
        const Status put = lanes_.PutClaims(lane.subject, batch_);
        if (!put.ok()) metrics_.Dropped(gap_reason::kSpoolFull);
    }
    return claims;
}

}  // namespace mp::collector
