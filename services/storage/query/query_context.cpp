#include "storage/query/query_context.hpp"

#include <algorithm>
#include <vector>

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

// Of states, which nobody claims to have all of: only what is known to be missing.
std::vector<model::Gap> RecordedGaps(const model::CoverageSet& coverage, model::Interval range) {
    std::vector<model::Gap> gaps = coverage.Gaps(range);
    std::erase_if(gaps, [](const model::Gap& gap) { return gap.reason == model::kCollectorLost; });
    return gaps;
}

}  // namespace

Status CheckKnown(const SeriesReader& engine, const model::Instrument& instrument) {
    for (int type = 1; type <= model::kDataTypes; ++type) {
        if (engine.Find({instrument, static_cast<model::DataType>(type)})) return OkStatus();
    }
    return absl::NotFoundError("unknown instrument " + model::InstrumentKey(instrument));
}

Status CheckInterval(std::optional<Nanos> start, std::optional<Nanos> end) {
    if (!start || !end || *start <= *end) return OkStatus();
    return absl::InvalidArgumentError("end: lies before start");
}

Status ForEachClaim(
    const SeriesReader& engine,
    const model::Instrument& instrument,
    absl::FunctionRef<void(const model::Coverage&)> each
) {
    const auto id = engine.Find({instrument, model::DataType::kCoverage});
    if (!id) return OkStatus();
    const auto rows = engine.Scan(*id, {});
    if (!rows.ok()) return rows.status();
    wire::EventDecoder decoder;
    model::Event event;
    while ((*rows)->Next()) {
        if (const Status decoded = decoder.Decode((*rows)->event(), event); !decoded.ok()) {
            return absl::DataLossError("stored coverage: " + std::string(decoded.message()));
        }
        if (const auto* claim = std::get_if<model::Coverage>(&event.body)) each(*claim);
    }
    return (*rows)->status();
}

Result<Claims> LoadClaims(const QueryContext& context, const model::Series& series) {
    Claims claims;
    claims.at = context.clock.Now();
    claims.settled = context.settled();
    const Status loaded =
        ForEachClaim(context.engine, series.instrument, [&](const model::Coverage& claim) {
            if (claim.data_type == series.data_type) claims.coverage.Add(claim);
        });
    if (!loaded.ok()) return loaded;
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
    } else if (IsFlow(series.data_type)) {
        wire::ToProto(claims.coverage.Gaps(interval), report);
    } else {
        wire::ToProto(RecordedGaps(claims.coverage, interval), report);
    }
    return report;
}

}  // namespace mp::storage
