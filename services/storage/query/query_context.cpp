#include "storage/query/query_context.hpp"

#include <algorithm>

#include "base/int128.hpp"
#include "wire/convert.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {
namespace {

constexpr Nanos kLiveEdge = 3 * kSecond;
constexpr Nanos kRecorded = 24 * 3600 * kSecond;

Nanos OpenEnd(const Claims& claims, const AnsweredRows& rows) {
    const Int128 lag = Int128{rows.last_received} - rows.last;
    if (rows.any && (lag > kRecorded || lag < -kRecorded)) return Behind(rows.last);
    const auto claimed = claims.coverage.complete().intervals();
    if (!claimed.empty() && claims.settled) {
        const Nanos edge = claimed.back().to;
        if (claims.at - kLiveEdge < edge) return std::min(edge, claims.at);
    }
    return rows.any ? std::max(claims.at, Behind(rows.last)) : claims.at;
}

// Everything claimed about the series.
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

Result<Claims> LoadClaims(const QueryContext& context, const model::Series& series) {
    Claims claims;
    claims.at = context.clock.Now();
    claims.settled = context.settled();
    Result<model::CoverageSet> coverage = LoadCoverage(context.engine, series);
    if (!coverage.ok()) return coverage.status();
    claims.coverage = *std::move(coverage);
    return claims;
}

pb::CoverageReport ReportCoverage(
    const Claims& claims, const model::Series& series, const AnsweredInterval& answered
) {
    pb::CoverageReport report;
    if (series.data_type == model::DataType::kCoverage) {
        report.set_complete(true);  // what is known about completeness is all there is
        return report;
    }
    const AnsweredRows& rows = answered.rows;
    model::Interval interval;
    interval.from = answered.start.value_or(rows.any ? rows.first : 0);
    if (answered.more) {
        interval.to = Behind(rows.last);
    } else {
        interval.to = answered.end ? *answered.end : OpenEnd(claims, rows);
    }
    if (interval.empty()) {
        report.set_complete(true);
    } else {
        wire::ToProto(claims.coverage.Gaps(interval), report);
    }
    return report;
}

}  // namespace mp::storage
