#include "storage/query/event_source.hpp"

#include <algorithm>
#include <utility>

#include "storage/query/changes.hpp"
#include "storage/query/event_query.hpp"
#include "storage/query/merged_query.hpp"
#include "storage/query/sampling.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

// Of either some 60 KB.
constexpr uint32_t kDefaultChunkRows = 1000;
constexpr uint32_t kDefaultChunkTrades = 5000;
constexpr uint32_t kMaxChunkRows = 10'000;
constexpr int kMaxInstruments = 100;
// Behind order_ts, sequence, open_time and event time the key of a kline ends with its interval.
constexpr size_t kKlineIntervalOffset = 32;

Status ReadOne(const pb::QueryEventsRequest& request, EventQuestion& asked) {
    Result<model::Series> series = wire::FromProto(request.series());
    if (!series.ok()) return Annotate(series.status(), "series");
    asked.series.push_back(*std::move(series));
    return OkStatus();
}

Status ReadSeveral(const pb::QueryEventsRequest& request, EventQuestion& asked) {
    asked.merged = true;
    if (request.series().has_instrument()) {
        return absl::InvalidArgumentError("series: has an instrument beside `instruments`");
    }
    if (request.instruments_size() > kMaxInstruments) {
        return absl::InvalidArgumentError("instruments: must not be more than 100");
    }
    const Result<model::DataType> type = wire::FromProto(request.series().data_type());
    if (!type.ok()) return Annotate(type.status(), "series");
    for (const pb::Instrument& instrument : request.instruments()) {
        Result<model::Instrument> read = wire::FromProto(instrument);
        if (!read.ok()) return Annotate(read.status(), "instruments");
        asked.series.push_back({*std::move(read), *type});
    }
    const auto key = [](const model::Series& s) { return model::InstrumentKey(s.instrument); };
    std::sort(asked.series.begin(), asked.series.end(), [&](const auto& a, const auto& b) {
        return key(a) < key(b);
    });
    const auto same = [&](const auto& a, const auto& b) { return key(a) == key(b); };
    asked.series.erase(
        std::unique(asked.series.begin(), asked.series.end(), same), asked.series.end()
    );
    return OkStatus();
}

Status CheckKind(const EventQuestion& asked) {
    const model::DataType type = asked.series.front().data_type;
    if (asked.columns && (asked.merged || type != model::DataType::kTrade)) {
        return absl::InvalidArgumentError("layout: columns are for trades of one series only");
    }
    if (!asked.interval.empty() && type != model::DataType::kKline) {
        return absl::InvalidArgumentError("interval: is for klines only");
    }
    return asked.every == 0 ? OkStatus() : CheckSampling(type, asked.every);
}

Result<EventQuestion> ReadQuestion(
    const SeriesReader& engine, const pb::QueryEventsRequest& request
) {
    EventQuestion asked;
    const bool several = !request.instruments().empty();
    MP_RETURN_IF_ERROR(several ? ReadSeveral(request, asked) : ReadOne(request, asked));
    for (const model::Series& series : asked.series) {
        MP_RETURN_IF_ERROR(CheckKnown(engine, series.instrument));
    }
    if (request.has_start()) asked.start = request.start();
    if (request.has_end()) asked.end = request.end();
    MP_RETURN_IF_ERROR(CheckInterval(asked.start, asked.end));
    asked.limit = request.limit();
    asked.max_bytes = request.max_bytes();
    asked.columns = request.layout() == pb::LAYOUT_COLUMNS;
    const uint32_t by_default = asked.columns ? kDefaultChunkTrades : kDefaultChunkRows;
    asked.chunk_rows = request.chunk_rows() == 0 ? by_default : request.chunk_rows();
    if (asked.chunk_rows > kMaxChunkRows) {
        return absl::InvalidArgumentError("chunk_rows: must not be above 10000");
    }
    asked.interval = request.interval();
    asked.every = request.every();
    asked.cursor = request.cursor();
    MP_RETURN_IF_ERROR(CheckKind(asked));
    return asked;
}

}  // namespace

Result<std::unique_ptr<EventSource>> EventSource::Make(
    QueryContext context, const pb::QueryEventsRequest& request
) {
    Result<EventQuestion> asked = ReadQuestion(context.engine, request);
    if (!asked.ok()) return asked.status();
    if (asked->merged) return MergedQuery::Open(std::move(context), *std::move(asked));
    return EventQuery::Open(std::move(context), *std::move(asked));
}

Question EventQuestion::ToQuestion() const {
    Question question{merged ? "merged" : "events", series.front(), start, end, interval, {}};
    if (every != 0) question.beside = "every " + std::to_string(every);
    for (size_t i = 1; i < series.size(); ++i) {
        question.beside += '\0' + model::InstrumentKey(series[i].instrument);
    }
    return question;
}

bool EventQuestion::Wants(std::string_view key) const {
    if (interval.empty()) return true;
    return key.size() > kKlineIntervalOffset && key.substr(kKlineIntervalOffset) == interval;
}

Result<std::unique_ptr<Cursor>> ScanAsked(
    const SeriesReader& engine,
    SeriesId series,
    const EventQuestion& asked,
    const ScanRange& range,
    size_t& rows_read
) {
    if (asked.every != 0) return ScanSampled(engine, series, range, asked.every, rows_read);
    if (asked.series.front().data_type == model::DataType::kInstrument) {
        return ScanChanges(engine, series, range);
    }
    return engine.Scan(series, range);
}

}  // namespace mp::storage
