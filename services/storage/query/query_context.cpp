#include "storage/query/query_context.hpp"

#include <algorithm>
#include <cstdlib>

#include "wire/convert.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {
namespace {

constexpr Nanos kLiveEdge = 3 * kSecond;
constexpr Nanos kRecorded = 24 * 3600 * kSecond;

Nanos OpenEnd(
    const QueryContext& context, const model::CoverageSet& coverage, const AnsweredRows& rows
) {
    if (rows.any && std::abs(rows.last_received - rows.last) > kRecorded) return rows.last + 1;
    const Nanos now = context.clock.Now();
    const auto claimed = coverage.complete().intervals();
    if (!claimed.empty() && context.settled()) {
        const Nanos edge = claimed.back().to;
        if (now - kLiveEdge < edge) return std::min(edge, now);
    }
    return rows.any ? std::max(now, rows.last + 1) : now;
}

}  // namespace

Status CheckKnown(const Engine& engine, const model::Instrument& instrument) {
    for (int type = 1; type <= model::kDataTypes; ++type) {
        if (engine.Find({instrument, static_cast<model::DataType>(type)})) return OkStatus();
    }
    return absl::NotFoundError("unknown instrument " + model::InstrumentKey(instrument));
}

Status CheckInterval(std::optional<Nanos> start, std::optional<Nanos> end) {
    if (!start || !end || *start <= *end) return OkStatus();
    return absl::InvalidArgumentError("end: lies before start");
}

Result<model::CoverageSet> LoadCoverage(const Engine& engine, const model::Series& series) {
    model::CoverageSet coverage;
    const auto id = engine.Find({series.instrument, model::DataType::kCoverage});
    if (!id) return coverage;
    const auto rows = engine.Scan(*id, {});
    if (!rows.ok()) return rows.status();
    wire::EventDecoder decoder;
    model::Event event;
    while ((*rows)->Next()) {
        if (const Status decoded = decoder.Decode((*rows)->event(), event); !decoded.ok()) {
            return absl::DataLossError("stored coverage: " + std::string(decoded.message()));
        }
        const auto* claim = std::get_if<model::Coverage>(&event.body);
        if (claim != nullptr && claim->data_type == series.data_type) coverage.Add(*claim);
    }
    MP_RETURN_IF_ERROR((*rows)->status());
    return coverage;
}

Result<pb::CoverageReport> ReportCoverage(
    const QueryContext& context, const model::Series& series, const AnsweredInterval& answered
) {
    pb::CoverageReport report;
    if (series.data_type == model::DataType::kCoverage) {
        report.set_complete(true);  // what is known about completeness is all there is
        return report;
    }
    const Result<model::CoverageSet> coverage = LoadCoverage(context.engine, series);
    if (!coverage.ok()) return coverage.status();
    const AnsweredRows& rows = answered.rows;
    model::Interval interval;
    interval.from = answered.start.value_or(rows.any ? rows.first : 0);
    if (answered.more) {
        interval.to = rows.last + 1;
    } else {
        interval.to = answered.end ? *answered.end : OpenEnd(context, *coverage, rows);
    }
    if (interval.empty()) {
        report.set_complete(true);
    } else {
        wire::ToProto(coverage->Gaps(interval), report);
    }
    return report;
}

}  // namespace mp::storage
