#include "storage/query/kline_query.hpp"

#include <algorithm>
#include <utility>

#include "base/big_endian.hpp"
#include "wire/batch.hpp"
#include "wire/convert.hpp"
#include "wire/key_peek.hpp"

namespace mp::storage {
namespace {

constexpr size_t kBarsPerChunk = 500;
constexpr Nanos kMaxSlack = 60 * kSecond;
// A kline's key: order_ts 8, sequence 8, open_time 8, event time 8, interval.
constexpr size_t kOpenTimeOffset = AppendBatch::kIdentityOffset;
constexpr size_t kIntervalOffset = kOpenTimeOffset + 16;

bool IsOf(std::string_view key, std::string_view interval) {
    return key.size() > kIntervalOffset && key.substr(kIntervalOffset) == interval;
}

Nanos OpenTimeOf(std::string_view key) {
    return ReadSortable(key.substr(kOpenTimeOffset));
}

Nanos Later(Nanos time, Nanos by) {
    return time > kAllTime.to - by ? kAllTime.to : time + by;
}

}  // namespace

Result<std::unique_ptr<KlineQuery>> KlineQuery::Make(
    QueryContext context, const pb::QueryKlinesRequest& request
) {
    Result<model::Instrument> instrument = wire::FromProto(request.instrument());
    if (!instrument.ok()) return Annotate(instrument.status(), "instrument");
    const Result<model::CandleInterval> interval = model::CandleInterval::Parse(request.interval());
    if (!interval.ok()) return Annotate(interval.status(), "interval");
    MP_RETURN_IF_ERROR(CheckKnown(context.engine, *instrument));
    std::unique_ptr<KlineQuery> query(
        new KlineQuery(std::move(context), *std::move(instrument), *interval)
    );
    if (request.has_start()) query->start_ = request.start();
    if (request.has_end()) query->end_ = request.end();
    MP_RETURN_IF_ERROR(CheckInterval(query->start_, query->end_));
    query->limit_ = request.limit();
    query->page_start_ = query->start_;
    query->next_open_ = query->start_.value_or(kAllTime.from);
    if (!request.cursor().empty()) {
        const Result<std::string> place = ReadPageToken(query->ToQuestion(), request.cursor());
        if (!place.ok()) return place.status();
        if (place->size() != 8) return absl::InvalidArgumentError("cursor: not one of ours");
        query->next_open_ = ReadSortable(*place);
        query->page_start_ = query->next_open_;
    }
    Result<Claims> claims = LoadClaims(query->context_, query->series_);
    if (!claims.ok()) return claims.status();
    query->claims_ = *std::move(claims);
    query->seeking_ = !query->page_start_ && query->limit_ > 0;
    query->seek_before_ = query->end_.value_or(kAllTime.to);
    return query;
}

Question KlineQuery::ToQuestion() const {
    return {"klines", series_, start_, end_, interval_text_};
}

// How long after a bar's close its last event may come.
Nanos KlineQuery::Slack(Nanos open_time) const {
    return std::min(kMaxSlack, interval_.CloseOf(open_time) - interval_.OpenOf(open_time));
}

Result<KlineQuery::Found> KlineQuery::Look(
    SeriesId series, Direction direction, Nanos open, Nanos edge, std::string& place
) const {
    ScanRange range;
    range.direction = direction;
    range.after = place;
    const bool forward = direction == Direction::kForward;
    (forward ? range.time.from : range.time.to) = edge;
    const auto rows = context_.engine.Scan(series, range);
    if (!rows.ok()) return rows.status();
    for (size_t looked_at = 0; (*rows)->Next(); ++looked_at) {
        const std::string_view key = (*rows)->key();
        if (looked_at == kRowsPerStep) {
            place = key;
            return Found{std::nullopt, true};
        }
        if (!IsOf(key, interval_text_) || (OpenTimeOf(key) >= open) != forward) continue;
        place.clear();
        return Found{Bar{OpenTimeOf(key), ReadSortable(key), std::string((*rows)->event())}, true};
    }
    MP_RETURN_IF_ERROR((*rows)->status());
    place.clear();
    return Found{};
}

// Events of bars that open before `open` stand before this.
Nanos KlineQuery::EdgeBefore(Nanos open) const {
    return open == kAllTime.to ? open : Later(open, Slack(open));
}

Result<std::optional<KlineQuery::Bar>> KlineQuery::LatestOf(SeriesId series, Nanos open_time)
    const {
    const Nanos close = interval_.CloseOf(open_time);
    std::string place;
    Result<Found> found = Look(series, Direction::kBackward, close, EdgeBefore(close), place);
    if (!found.ok()) return found.status();
    if (found->bar && found->bar->open_time != open_time) found->bar.reset();
    return std::move(found->bar);
}

// From which bar on there are `limit` bars up to the end; false: not found yet.
Result<bool> KlineQuery::FindLatest(SeriesId series) {
    for (size_t steps = 0; sought_ < limit_; ++sought_) {
        if (++steps > kBarsPerChunk) return false;
        const Result<Found> found =
            Look(series, Direction::kBackward, seek_before_, EdgeBefore(seek_before_), place_);
        if (!found.ok()) return found.status();
        if (!found->bar && found->more) return false;
        if (!found->bar) break;
        seek_before_ = found->bar->open_time;
        next_open_ = seek_before_;
    }
    return true;
}

Status KlineQuery::Fill(SeriesId series, std::vector<Bar>& bars) {
    while (bars.size() < kBarsPerChunk) {
        Result<Found> found = Look(series, Direction::kForward, next_open_, next_open_, place_);
        if (!found.ok()) return found.status();
        if (!found->bar && found->more) return OkStatus();
        if (!found->bar || (end_ && found->bar->open_time >= *end_)) {
            exhausted_ = true;
            return OkStatus();
        }
        const Nanos open_time = found->bar->open_time;
        if (limit_ > 0 && given_ == limit_) {
            next_open_ = open_time;
            more_ = true;
            exhausted_ = true;
            return OkStatus();
        }
        Result<std::optional<Bar>> latest = LatestOf(series, open_time);
        if (!latest.ok()) return latest.status();
        bars.push_back(latest->has_value() ? **std::move(latest) : *std::move(found->bar));
        ++given_;
        next_open_ = std::max(open_time + 1, interval_.CloseOf(open_time));
    }
    return OkStatus();
}

Result<Chunk> KlineQuery::Next() {
    const std::optional<SeriesId> series = context_.engine.Find(series_);
    std::vector<Bar> bars;
    if (!series) {
        exhausted_ = true;
        return Finish(bars);
    }
    if (seeking_) {
        const Result<bool> found = FindLatest(*series);
        if (!found.ok()) return found.status();
        if (!*found) return Chunk{};
        seeking_ = false;
    }
    MP_RETURN_IF_ERROR(Fill(*series, bars));
    return Finish(bars);
}

Result<Chunk> KlineQuery::Finish(const std::vector<Bar>& bars) {
    wire::ChunkBuilder builder;
    for (const Bar& bar : bars) {
        builder.AddEncoded(series_.instrument, bar.event);
        if (!rows_.any) rows_.first = bar.open_time;
        rows_.any = true;
        rows_.last = bar.order_ts;
    }
    if (!bars.empty()) {
        wire::EventKey key;
        std::string identity;
        MP_RETURN_IF_ERROR(wire::PeekKey(bars.back().event, series_.data_type, key, identity));
        rows_.last_received = key.received_ts;
    }
    Chunk chunk;
    chunk.last = exhausted_;
    builder.Finish(chunk.bytes);
    if (!exhausted_) return chunk;
    pb::EventChunk tail;
    if (more_) {
        std::string place;
        AppendSortable(next_open_, place);
        tail.set_next_cursor(MakePageToken(ToQuestion(), place));
    }
    *tail.mutable_coverage() = ReportCoverage(claims_, series_, {page_start_, end_, rows_, more_});
    if (!tail.AppendToString(&chunk.bytes)) return absl::InternalError("encoding a chunk");
    return chunk;
}

}  // namespace mp::storage
