#include "storage/query/event_query.hpp"

#include <utility>

#include "base/big_endian.hpp"
#include "storage/decoded_trades.hpp"
#include "storage/query/sampling.hpp"
#include "wire/convert.hpp"
#include "wire/key_peek.hpp"

namespace mp::storage {
namespace {

// Longer answers do not push hot data out of the cache.
constexpr uint32_t kBulkRows = 100'000;
// Of columns, towards max_bytes: about what the event of a trade takes.
constexpr uint64_t kTradeBytes = 64;
// Of EventChunk.
constexpr uint32_t kTradeColumnsField = 5;

}  // namespace

Result<std::unique_ptr<EventSource>> EventQuery::Open(QueryContext context, EventQuestion asked) {
    std::unique_ptr<EventQuery> query(new EventQuery(std::move(context), std::move(asked)));
    if (!query->asked_.cursor.empty()) {
        Result<std::string> place = ReadPageToken(query->asked_.ToQuestion(), query->asked_.cursor);
        if (!place.ok()) return place.status();
        query->after_ = *std::move(place);
        if (query->after_.size() < AppendBatch::kIdentityOffset) {
            return absl::InvalidArgumentError("cursor: not one of ours");
        }
        query->page_start_ = ReadSortable(query->after_);
    }
    Result<Claims> claims = LoadClaims(query->context_, query->asked_series());
    if (!claims.ok()) return claims.status();
    query->claims_ = *std::move(claims);
    query->seeking_ = !query->asked_.start && query->after_.empty() && query->asked_.limit > 0;
    return query;
}

EventQuery::EventQuery(QueryContext context, EventQuestion asked)
    : context_(std::move(context)), asked_(std::move(asked)), page_start_(asked_.start) {}

// Behind the latest row. What arrives in its interval meanwhile takes its place.
bool EventQuery::IsBeyond(std::string_view key) const {
    if (to_.empty()) return false;
    if (asked_.every == 0) return key > to_;
    return SampleOf(ReadSortable(key), asked_.every) > SampleOf(ReadSortable(to_), asked_.every);
}

// The answer ends with the row before, and says where the next one goes on.
bool EventQuery::Enough() const {
    return (asked_.limit > 0 && given_ == asked_.limit) ||
           (asked_.max_bytes > 0 && given_bytes_ >= asked_.max_bytes);
}

Result<Chunk> EventQuery::Next() {
    const std::optional<SeriesId> series = context_.engine.Find(asked_series());
    if (!series) {
        exhausted_ = true;
        return Finish();
    }
    if (seeking_) {
        const Result<bool> found = FindLatest(*series);
        if (!found.ok()) return found.status();
        if (!*found) return Chunk{};
        seeking_ = false;
    }
    if (!exhausted_) MP_RETURN_IF_ERROR(Fill(*series));
    return Finish();
}

Result<std::unique_ptr<Cursor>> EventQuery::ScanRows(SeriesId series, const ScanRange& range) {
    return ScanAsked(context_.engine, series, asked_, range, rows_read_);
}

// Where the latest `limit` rows begin and end; false: not found yet.
Result<bool> EventQuery::FindLatest(SeriesId series) {
    ScanRange range;
    range.time.to = asked_.end.value_or(kAllTime.to);
    range.after = after_;
    range.direction = Direction::kBackward;
    range.bulk = asked_.limit > kBulkRows;
    const auto rows = ScanRows(series, range);
    if (!rows.ok()) return rows.status();
    rows_read_ = 0;
    size_t looked_at = 0;
    while (sought_ < asked_.limit && (*rows)->Next()) {
        const std::string_view key = (*rows)->key();
        if (asked_.Wants(key)) {
            if (to_.empty()) to_ = key;
            from_ = key;
            ++sought_;
        }
        if (++looked_at >= kRowsPerStep || rows_read_ >= kRowsPerStep) {
            after_ = key;
            return false;
        }
    }
    MP_RETURN_IF_ERROR((*rows)->status());
    after_.clear();
    exhausted_ = to_.empty();
    return true;
}

Status EventQuery::OpenRows(SeriesId series) {
    ScanRange range;
    range.time.from = asked_.start.value_or(kAllTime.from);
    range.time.to = asked_.end.value_or(kAllTime.to);
    if (!from_.empty()) range.time.from = ReadSortable(from_);
    range.after = after_;
    range.bulk = asked_.limit == 0 || asked_.limit > kBulkRows;
    row_waits_ = false;
    if (asked_.columns && asked_.every == 0) {
        Result<std::unique_ptr<TradeCursor>> trades = context_.engine.ScanTrades(series, range);
        if (!trades.ok()) return trades.status();
        trades_ = *std::move(trades);
        at_ = trades_.get();
        return OkStatus();
    }
    Result<std::unique_ptr<Cursor>> rows = ScanRows(series, range);
    if (!rows.ok()) return rows.status();
    if (asked_.columns) {
        trades_ = DecodeTrades(*std::move(rows));
        at_ = trades_.get();
    } else {
        rows_ = *std::move(rows);
        at_ = rows_.get();
    }
    return OkStatus();
}

void EventQuery::Close() {
    at_ = nullptr;
    rows_.reset();
    trades_.reset();
}

bool EventQuery::NextRow() {
    return std::exchange(row_waits_, false) || at_->Next();
}

Status EventQuery::Fill(SeriesId series) {
    if (at_ == nullptr) MP_RETURN_IF_ERROR(OpenRows(series));
    rows_read_ = 0;
    uint32_t in_chunk = 0;
    size_t looked_at = 0;
    while (NextRow()) {
        const std::string_view key = at_->key();
        if (key < from_) continue;
        if (IsBeyond(key)) break;
        // A filter that lets little through must not hold the thread.
        if (!asked_.Wants(key)) {
            if (++looked_at < kRowsPerStep) continue;
            after_ = key;
            return OkStatus();
        }
        if (Enough()) {
            more_ = true;
            break;
        }
        row_waits_ = in_chunk == asked_.chunk_rows || builder_.bytes() >= kMaxChunkBytes ||
                     (in_chunk > 0 && rows_read_ >= kRowsPerStep);
        if (row_waits_) return OkStatus();
        const Result<bool> taken = Take();
        if (!taken.ok()) return taken.status();
        row_waits_ = !*taken;
        if (row_waits_) return OkStatus();
        ++in_chunk;
    }
    const Status read = at_->status();
    Close();
    MP_RETURN_IF_ERROR(read);
    exhausted_ = true;
    return ReadLastReceived();
}

// False where the row wants a chunk of its own.
Result<bool> EventQuery::Take() {
    if (trades_ != nullptr) {
        const wire::TradePacker::Fit fit = columns_.Add(trades_->trade());
        if (fit == wire::TradePacker::Fit::kNever) {
            return absl::OutOfRangeError("a trade's number has no place in columns; ask for rows");
        }
        if (fit == wire::TradePacker::Fit::kNotBeside) return false;
        given_bytes_ += kTradeBytes;
        answered_.last_received = trades_->trade().received_ts;
    } else {
        builder_.AddEncoded(asked_series().instrument, rows_->event());
        given_bytes_ += rows_->event().size();
        last_event_ = rows_->event();
    }
    const std::string_view key = at_->key();
    after_ = key;
    ++given_;
    if (!answered_.any) {
        answered_.any = true;
        answered_.first = ReadSortable(key);
    }
    answered_.last = ReadSortable(key);
    return true;
}

// A copy of each row costs less than finding the last one again.
Status EventQuery::ReadLastReceived() {
    if (!answered_.any || asked_.columns) return OkStatus();
    wire::EventKey key;
    std::string identity;
    MP_RETURN_IF_ERROR(wire::PeekKey(last_event_, asked_series().data_type, key, identity));
    answered_.last_received = key.received_ts;
    return OkStatus();
}

Result<Chunk> EventQuery::Finish() {
    Chunk chunk;
    chunk.last = exhausted_;
    if (!asked_.columns) builder_.Finish(chunk.bytes);
    if (!columns_.empty()) {
        pb::EventChunk head;
        wire::ToProto(asked_series().instrument, *head.add_instruments());
        chunk.bytes = head.SerializeAsString();
        wire::AppendBytesField(kTradeColumnsField, columns_.Finish(), chunk.bytes);
    }
    pb::EventChunk tail;
    if (exhausted_) {
        if (more_) tail.set_next_cursor(MakePageToken(asked_.ToQuestion(), after_));
        const AnsweredInterval answered{page_start_, asked_.end, answered_, more_};
        *tail.mutable_coverage() = ReportCoverage(claims_, asked_series(), answered);
    }
    if (!tail.AppendToString(&chunk.bytes)) return absl::InternalError("encoding a chunk");
    return chunk;
}

}  // namespace mp::storage
