#include "storage/query/merged_query.hpp"

#include <algorithm>
#include <utility>

#include "base/big_endian.hpp"
#include "storage/query/sampling.hpp"
#include "wire/convert.hpp"
#include "wire/key_peek.hpp"

namespace mp::storage {
Result<std::unique_ptr<EventSource>> MergedQuery::Open(QueryContext context, EventQuestion asked) {
    std::unique_ptr<MergedQuery> query(new MergedQuery(std::move(context), std::move(asked)));
    if (!query->asked_.cursor.empty()) {
        const auto place = ReadPageToken(query->asked_.ToQuestion(), query->asked_.cursor);
        if (!place.ok()) return place.status();
        MP_RETURN_IF_ERROR(query->TakeUp(*place));
    }
    for (const model::Series& series : query->asked_.series) {
        Result<Claims> claims = LoadClaims(query->context_, series);
        if (!claims.ok()) return claims.status();
        query->claims_.push_back(*std::move(claims));
    }
    query->seeking_ = !query->asked_.start && query->last_.empty() && query->asked_.limit > 0;
    return query;
}

MergedQuery::MergedQuery(QueryContext context, EventQuestion asked)
    : context_(std::move(context)),
      asked_(std::move(asked)),
      sampled_(asked_.series.size()),
      page_start_(asked_.start) {}

// Which input the last row was of; when thinned out, a bit for each input whose row of the last
// row's interval was given; the last row's key.
std::string MergedQuery::PlaceOfLast() const {
    std::string place;
    AppendBigEndian(static_cast<uint32_t>(last_.input), place);
    if (asked_.every != 0) {
        std::string bits((sampled_.size() + 7) / 8, '\0');
        const int64_t sample = SampleOf(ReadSortable(last_.key), asked_.every);
        for (size_t i = 0; i < sampled_.size(); ++i) {
            if (sampled_[i] == sample) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << i % 8);
        }
        place += bits;
    }
    return place + last_.key;
}

Status MergedQuery::TakeUp(std::string_view place) {
    const size_t bits = asked_.every == 0 ? 0 : (sampled_.size() + 7) / 8;
    const size_t head = sizeof(uint32_t) + bits;
    if (place.size() < head + AppendBatch::kIdentityOffset ||
        ReadBigEndian32(place) >= asked_.series.size()) {
        return absl::InvalidArgumentError("cursor: not one of ours");
    }
    last_ = {std::string(place.substr(head)), ReadBigEndian32(place)};
    page_start_ = ReadSortable(last_.key);
    if (bits == 0) return OkStatus();
    const int64_t sample = SampleOf(*page_start_, asked_.every);
    for (size_t i = 0; i < sampled_.size(); ++i) {
        if ((place[sizeof(uint32_t) + i / 8] >> i % 8 & 1) != 0) sampled_[i] = sample;
    }
    return OkStatus();
}

// Every input from where the answer begins, or (backward) from where it ends.
void MergedQuery::Begin(Direction direction) {
    begun_ = true;
    direction_ = direction;
    inputs_.clear();
    heap_.clear();
    waiting_.clear();
    for (size_t i = 0; i < asked_.series.size(); ++i) {
        ScanRange range;
        range.time.from = asked_.start.value_or(kAllTime.from);
        range.time.to = asked_.end.value_or(kAllTime.to);
        range.direction = direction;
        // Whoever gave its row of this interval goes on behind that.
        const bool given = asked_.every != 0 && sampled_[i].has_value();
        if (given) range.after = last_.key;
        inputs_.emplace_back(context_.engine.Find(asked_.series[i]), std::move(range));
        if (!from_.empty()) {
            inputs_[i].SkipTo(from_.key, i < from_.input);
        } else if (!last_.empty() && !given) {
            inputs_[i].SkipTo(last_.key, i <= last_.input);
        }
        waiting_.push_back(i);
    }
}

bool MergedQuery::IsBefore(size_t a, size_t b) const {
    const int order = inputs_[a].key().compare(inputs_[b].key());
    const bool before = order == 0 ? a < b : order < 0;
    return direction_ == Direction::kForward ? before : a != b && !before;
}

void MergedQuery::Push(size_t input) {
    heap_.push_back(input);
    std::push_heap(heap_.begin(), heap_.end(), [this](size_t a, size_t b) {
        return IsBefore(b, a);
    });
}

void MergedQuery::Pop() {
    std::pop_heap(heap_.begin(), heap_.end(), [this](size_t a, size_t b) {
        return IsBefore(b, a);
    });
    const size_t input = heap_.back();
    heap_.pop_back();
    inputs_[input].Pop();
    if (inputs_[input].HasRow()) {
        Push(input);
    } else if (!inputs_[input].ended()) {
        waiting_.push_back(input);
    }
}

// Whether the next row is known, or that there is none; false: this step has
// looked at as many rows as one may.
Result<bool> MergedQuery::Ready() {
    while (!waiting_.empty()) {
        if (rows_read_ >= kRowsPerStep) return false;
        MergeInput& input = inputs_[waiting_.back()];
        MP_RETURN_IF_ERROR(input.Read(context_.engine, asked_, rows_read_));
        if (input.HasRow()) Push(waiting_.back());
        if (input.HasRow() || input.ended()) waiting_.pop_back();
    }
    return true;
}

Result<Chunk> MergedQuery::Next() {
    rows_read_ = 0;
    if (seeking_) {
        const Result<bool> found = FindLatest();
        if (!found.ok()) return found.status();
        if (!*found) return Chunk{};
        seeking_ = false;
        begun_ = false;
        exhausted_ = to_.empty();
    }
    if (!begun_) Begin(Direction::kForward);
    if (!exhausted_) MP_RETURN_IF_ERROR(Fill());
    return Finish();
}

// Where the latest `limit` rows begin and end; false: not found yet.
Result<bool> MergedQuery::FindLatest() {
    if (!begun_) Begin(Direction::kBackward);
    while (sought_ < asked_.limit) {
        const Result<bool> ready = Ready();
        if (!ready.ok() || !*ready) return ready;
        if (heap_.empty()) break;
        from_ = {std::string(inputs_[Top()].key()), Top()};
        if (to_.empty()) to_ = from_;
        ++sought_;
        Pop();
    }
    return true;
}

// Behind the latest row. What arrives in its interval meanwhile takes its place.
bool MergedQuery::IsBeyond(size_t input) const {
    if (to_.empty()) return false;
    const std::string_view key = inputs_[input].key();
    if (asked_.every == 0) return key == to_.key ? input > to_.input : key > to_.key;
    return SampleOf(ReadSortable(key), asked_.every) >
           SampleOf(ReadSortable(to_.key), asked_.every);
}

bool MergedQuery::Enough() const {
    return (asked_.limit > 0 && given_ == asked_.limit) ||
           (asked_.max_bytes > 0 && given_bytes_ >= asked_.max_bytes);
}

Status MergedQuery::Fill() {
    for (uint32_t in_chunk = 0;; ++in_chunk) {
        const Result<bool> ready = Ready();
        if (!ready.ok()) return ready.status();
        if (!*ready) return OkStatus();
        exhausted_ = heap_.empty() || IsBeyond(Top());
        if (exhausted_) return OkStatus();
        more_ = Enough();
        exhausted_ = more_;
        const bool full = in_chunk == asked_.chunk_rows || builder_.bytes() >= kMaxChunkBytes;
        if (more_ || full) return OkStatus();
        Take(Top());
        Pop();
    }
}

void MergedQuery::Take(size_t input) {
    const std::string_view key = inputs_[input].key();
    const std::string_view event = inputs_[input].event();
    builder_.AddEncoded(asked_.series[input].instrument, event);
    last_.key = key;
    last_.input = input;
    last_event_ = event;
    const Nanos time = ReadSortable(key);
    if (asked_.every != 0) sampled_[input] = SampleOf(time, asked_.every);
    ++given_;
    given_bytes_ += event.size();
    if (!answered_.any) answered_.first = time;
    answered_.any = true;
    answered_.last = time;
}

Result<Chunk> MergedQuery::Finish() {
    Chunk chunk;
    chunk.last = exhausted_;
    builder_.Finish(chunk.bytes);
    if (!exhausted_) return chunk;
    if (answered_.any) {
        wire::EventKey key;
        std::string identity;
        const model::DataType type = asked_.series.front().data_type;
        MP_RETURN_IF_ERROR(wire::PeekKey(last_event_, type, key, identity));
        answered_.last_received = key.received_ts;
    }
    pb::EventChunk tail;
    if (more_) tail.set_next_cursor(MakePageToken(asked_.ToQuestion(), PlaceOfLast()));
    Report(tail);
    if (!tail.AppendToString(&chunk.bytes)) return absl::InternalError("encoding a chunk");
    return chunk;
}

// Each series' own, and all of them together.
void MergedQuery::Report(pb::EventChunk& tail) const {
    const AnsweredInterval answered{page_start_, asked_.end, answered_, more_};
    pb::CoverageReport& all = *tail.mutable_coverage();
    all.set_complete(true);
    for (size_t i = 0; i < asked_.series.size(); ++i) {
        pb::SeriesReport& one = *tail.add_series_coverage();
        wire::ToProto(asked_.series[i], *one.mutable_series());
        *one.mutable_report() = ReportCoverage(claims_[i], asked_.series[i], answered);
        all.set_complete(all.complete() && one.report().complete());
        all.mutable_gaps()->MergeFrom(one.report().gaps());
    }
}

}  // namespace mp::storage
