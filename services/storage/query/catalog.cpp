#include "storage/query/catalog.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/big_endian.hpp"
#include "storage/query/page_token.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

constexpr uint32_t kMaxInstruments = 10'000;

using TypesByInstrument = std::map<model::Instrument, std::vector<model::DataType>>;

bool Matches(const model::Instrument& instrument, const pb::ListInstrumentsRequest& request) {
    if (!request.exchange().empty() && request.exchange() != instrument.exchange) return false;
    if (request.market() != pb::MARKET_UNSPECIFIED &&
        request.market() != wire::ToProto(instrument.market)) {
        return false;
    }
    return request.symbol().empty() || request.symbol() == instrument.symbol ||
           request.symbol() == instrument.venue_symbol;
}

TypesByInstrument StoredTypes(
    const SeriesReader& engine, const pb::ListInstrumentsRequest& request
) {
    TypesByInstrument types;
    for (const SeriesEntry& entry : engine.ListSeries()) {
        if (!Matches(entry.series.instrument, request)) continue;
        std::vector<model::DataType>& stored = types[entry.series.instrument];
        if (entry.events > 0) stored.push_back(entry.series.data_type);
    }
    return types;
}

// The newest event of a series; nothing where it has none.
Result<std::optional<pb::Event>> Newest(const SeriesReader& engine, const model::Series& series) {
    const std::optional<SeriesId> id = engine.Find(series);
    if (!id) return std::optional<pb::Event>();
    ScanRange range;
    range.direction = Direction::kBackward;
    const auto rows = engine.Scan(*id, range);
    if (!rows.ok()) return rows.status();
    if (!(*rows)->Next()) {
        MP_RETURN_IF_ERROR((*rows)->status());
        return std::optional<pb::Event>();
    }
    pb::Event event;
    const std::string_view bytes = (*rows)->event();
    if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return absl::DataLossError("a stored event does not parse");
    }
    return std::optional<pb::Event>(std::move(event));
}

Status FillInstrument(
    const SeriesReader& engine,
    const model::Instrument& instrument,
    std::vector<model::DataType> types,
    pb::InstrumentEntry& entry
) {
    wire::ToProto(instrument, *entry.mutable_instrument());
    std::sort(types.begin(), types.end());
    for (const model::DataType type : types) entry.add_data_types(wire::ToProto(type));
    auto newest = Newest(engine, {instrument, model::DataType::kInstrument});
    if (!newest.ok()) return newest.status();
    if (newest->has_value()) {
        *entry.mutable_info() = std::move(*(*newest)->mutable_instrument());
    }
    return OkStatus();
}

Status FillCoverage(
    const QueryContext& context,
    const model::Series& series,
    const pb::GetCoverageRequest& request,
    pb::SeriesCoverage& out
) {
    const Result<Claims> claims = LoadClaims(context, series);
    if (!claims.ok()) return claims.status();
    AnsweredInterval answered;
    const auto claimed = claims->coverage.Merged(kAllTime);
    answered.start = claimed.empty() ? Nanos{0} : claimed.front().interval.from;
    if (request.has_start()) answered.start = request.start();
    if (request.has_end()) answered.end = request.end();

    auto newest = Newest(context.engine, series);
    if (!newest.ok()) return newest.status();
    if (newest->has_value()) {
        answered.rows = {true, *answered.start, (*newest)->order_ts(), (*newest)->received_ts()};
    }
    wire::ToProto(series, *out.mutable_series());
    const model::Interval range{
        request.has_start() ? request.start() : kAllTime.from,
        request.has_end() ? request.end() : kAllTime.to};
    for (const model::CoverageSpan& span : claims->coverage.Merged(range)) {
        wire::ToProto(span, series.data_type, *out.add_intervals());
    }
    *out.mutable_report() = ReportCoverage(*claims, series, answered);
    return OkStatus();
}

}  // namespace

Result<pb::ListInstrumentsResponse> ListInstruments(
    const QueryContext& context, const pb::ListInstrumentsRequest& request
) {
    const TypesByInstrument types = StoredTypes(context.engine, request);
    const Question question{
        "instruments",
        {{request.exchange(), static_cast<model::Market>(request.market()), request.symbol(), ""},
         model::DataType::kUnspecified},
        {},
        {},
        {}};
    std::string after;
    if (!request.cursor().empty()) {
        Result<std::string> place = ReadPageToken(question, request.cursor());
        if (!place.ok()) return place.status();
        after = *std::move(place);
    }
    const uint32_t limit = request.limit() == 0 ? kMaxInstruments : request.limit();
    pb::ListInstrumentsResponse answer;
    const auto last = model::ParseInstrumentKey(after);
    auto next = last ? types.upper_bound(*last) : types.begin();
    std::string place;
    for (; next != types.end(); ++next) {
        if (answer.instruments_size() == static_cast<int>(limit)) {
            answer.set_next_cursor(MakePageToken(question, place));
            break;
        }
        MP_RETURN_IF_ERROR(
            FillInstrument(context.engine, next->first, next->second, *answer.add_instruments())
        );
        place = model::InstrumentKey(next->first);
    }
    return answer;
}

Result<pb::GetCoverageResponse> GetCoverage(
    const QueryContext& context, const pb::GetCoverageRequest& request
) {
    const Result<model::Instrument> instrument = wire::FromProto(request.instrument());
    if (!instrument.ok()) return Annotate(instrument.status(), "instrument");
    MP_RETURN_IF_ERROR(CheckKnown(context.engine, *instrument));
    if (request.has_start() && request.has_end()) {
        MP_RETURN_IF_ERROR(CheckInterval(request.start(), request.end()));
    }
    pb::GetCoverageResponse answer;
    for (int number = 1; number < model::kDataTypes; ++number) {
        const auto type = static_cast<model::DataType>(number);
        const bool asked =
            request.data_type() == pb::DATA_TYPE_UNSPECIFIED
                ? IsFlow(type) && context.engine.Find({*instrument, type}).has_value()
                : request.data_type() == wire::ToProto(type);
        if (!asked) continue;
        MP_RETURN_IF_ERROR(FillCoverage(context, {*instrument, type}, request, *answer.add_series())
        );
    }
    return answer;
}

namespace {

// Nobody misses what was deleted because somebody wanted it so.
bool IsMissed(const model::Gap& gap) {
    return gap.reason != "retention" && gap.reason != "deleted";
}

}  // namespace

Result<GapCounts> CountGaps(const Engine& engine) {
    GapCounts counts;
    for (const SeriesEntry& entry : engine.ListSeries()) {
        if (entry.series.data_type != model::DataType::kCoverage) continue;
        const model::Instrument& instrument = entry.series.instrument;
        std::map<model::DataType, model::CoverageSet> claims;
        MP_RETURN_IF_ERROR(ForEachClaim(
            engine,
            instrument,
            [&claims](const model::Coverage& claim) { claims[claim.data_type].Add(claim); }
        ));
        for (const auto& [type, coverage] : claims) {
            if (!IsFlow(type)) continue;
            const auto complete = coverage.complete().intervals();
            uint64_t& count = counts[{instrument.exchange, type}];
            if (complete.empty()) continue;
            const auto gaps = coverage.Gaps({complete.front().from, complete.back().to});
            count += static_cast<uint64_t>(std::count_if(gaps.begin(), gaps.end(), IsMissed));
        }
    }
    return counts;
}

Result<pb::GetStatisticsResponse> GetStatistics(const Engine& engine) {
    const Result<EngineStatistics> statistics = engine.Statistics();
    if (!statistics.ok()) return statistics.status();
    pb::GetStatisticsResponse answer;
    const std::string_view name = engine.name();
    answer.set_engine(name.data(), name.size());
    answer.set_events(statistics->events);
    answer.set_bytes_on_disk(statistics->bytes_on_disk);
    answer.set_disk_free_bytes(statistics->disk_free_bytes);
    for (const SeriesEntry& entry : engine.ListSeries()) {
        if (entry.series.data_type == model::DataType::kCoverage) continue;
        pb::SeriesStatistics& series = *answer.add_series();
        wire::ToProto(entry.series, *series.mutable_series());
        series.set_events(entry.events);
        series.set_duplicates(entry.duplicates);
        series.set_conflicts(entry.conflicts);
        for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
            ScanRange edge;
            edge.direction = direction;
            const auto rows = engine.Scan(entry.id, edge);
            if (!rows.ok()) return rows.status();
            if (!(*rows)->Next()) continue;
            const Nanos time = ReadSortable((*rows)->key());
            if (direction == Direction::kForward) {
                series.set_first_order_ts(time);
            } else {
                series.set_last_order_ts(time);
            }
        }
    }
    return answer;
}

}  // namespace mp::storage
