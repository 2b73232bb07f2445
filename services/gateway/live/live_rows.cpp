// LiveSession's handing out, first of history, then of what the lanes have queued.

#include <algorithm>
#include <chrono>
#include <utility>

#include "gateway/live/live_session.hpp"
#include "gateway/live/repeat_hash.hpp"
#include "gateway/query/chunk.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {

using namespace std::chrono_literals;

namespace {

// Of a series of states. What is told late, behind a newer state, stands in history alone: it must
// not be the last word.
bool IsNews(const SeriesMark& mark, const wire::EventKey& key, std::string_view identity) {
    return mark.empty() || (key.order_ts >= mark.order_ts() && !mark.EndsWith(identity));
}

}  // namespace

Task<Status> LiveSession::NextHistory(LiveOutput& out, bool row_tokens) {
    if (scan_->done()) co_return co_await LeaveHistory();
    const model::Series series = scan_->series();
    Lane& lane = LaneOf(series);
    Lane::Member& member = lane.members.at(series.instrument);
    const Nanos from = member.mark->empty() ? token_.since : member.mark->order_ts();
    const Result<bool> more = co_await scan_->Next(from, out.chunk_);
    if (!more.ok()) co_return more.status();
    if (!*more) co_return OkStatus();
    MP_CO_RETURN_IF_ERROR(out.reader_.OpenChunk(out.chunk_));
    for (const wire::BatchEntry& entry : out.reader_.entries()) {
        const LiveRow row{
            &out.reader_.instruments()[entry.instrument], entry.event, series.data_type};
        if (AddScanned(row, lane, member, out) && row_tokens) out.rows.back().token = Sign();
    }
    co_return AddScannedGaps(series, *member.mark, out);
}

// False: it was given before the token was taken.
bool LiveSession::AddScanned(
    const LiveRow& row, Lane& lane, Lane::Member& member, LiveOutput& out
) {
    wire::EventKey key;
    identity_.clear();
    if (!wire::PeekKey(row.bytes, row.type, key, identity_).ok()) return false;
    if (member.mark->Has(key, identity_)) return false;
    lane.given->Add(RepeatHash(key, identity_, member.salt));
    member.mark->Give(key, identity_);
    out.rows.push_back(row);
    return true;
}

// Of what lies behind the newest row nobody can say yet that it is missing.
Status LiveSession::AddScannedGaps(
    const model::Series& series, const SeriesMark& mark, LiveOutput& out
) {
    const Result<ChunkTail> tail = ReadTail(out.chunk_);
    if (!tail.ok()) return tail.status();
    if (!tail->coverage) return OkStatus();
    for (const pb::Gap& gap : tail->coverage->gaps()) {
        if (gap.to_ts() > mark.order_ts()) continue;
        LiveGap out_gap{
            series,
            gap.from_ts(),
            gap.to_ts(),
            static_cast<model::CoverageState>(gap.state()),
            gap.reason(),
            std::nullopt};
        if (gap.has_missing()) out_gap.missing = gap.missing();
        out.gaps.push_back(std::move(out_gap));
    }
    return OkStatus();
}

Task<Status> LiveSession::NextLive(
    LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline
) {
    if (restart_ && queue_.empty()) co_return co_await Restart();
    Advance();
    if (queue_.empty() && queue_.overflowed()) {
        co_return absl::ResourceExhaustedError(
            "too slow: the queue of this subscription is full; resume with the last token"
        );
    }
    // Lanes that catch up want a look now and then even when nothing comes.
    const bool catching_up = std::any_of(lanes_.begin(), lanes_.end(), [](const auto& entry) {
        return entry.second.catching_up();
    });
    if (catching_up) deadline = deadline.Earlier(Deadline::After(50ms));
    out.events_ = co_await queue_.Take(limit, deadline);
    const auto safe = SafePlaces(out.events_);
    for (size_t i = 0; i < out.events_.size(); ++i) {
        const size_t before = out.rows.size();
        Hand(out.events_[i], safe.empty() ? std::nullopt : safe[i], out);
        if (row_tokens && out.rows.size() > before) out.rows.back().token = Sign();
    }
    if (queue_.empty() && !queue_.overflowed() && !restart_) Settle();
    co_return OkStatus();
}

// A state that conflation brought forward stands before older ones of other series: whoever resumes
// in between must not miss those.
std::vector<std::optional<Position>> LiveSession::SafePlaces(const std::vector<QueuedEvent>& events
) const {
    std::vector<std::optional<Position>> safe;
    if (request_.policy != SlowPolicy::kConflate) return safe;
    safe.resize(events.size());
    auto oldest = queue_.OldestWaiting();
    for (size_t i = events.size(); i-- > 0;) {
        const auto [waiting, none] = oldest.try_emplace(events[i].subject, events[i].first);
        if (none) continue;
        safe[i] = Before(waiting->second);
        waiting->second = std::min(waiting->second, events[i].first);
    }
    return safe;
}

void LiveSession::Hand(const QueuedEvent& event, std::optional<Position> safe, LiveOutput& out) {
    Lane& lane = lanes_.at(event.subject);
    lane.reached = std::max(lane.reached, event.position());
    handed_ = std::max(handed_, event.position().sequence);
    *lane.place = safe ? std::min(*safe, lane.reached) : lane.reached;
    if (event.type == model::DataType::kCoverage) {
        if (auto gap = GapOf(event.event)) out.gaps.push_back(*std::move(gap));
    }
    SeriesMark* const mark = lane.members.at(event.event.instrument()).mark;
    if (mark == nullptr) return;
    LiveRow row{&event.event.instrument(), event.event.bytes(), event.type};
    if (event.merged) row.bytes = out.merged_.emplace_back(event.merged->Encode());
    wire::EventKey key;
    identity_.clear();
    if (wire::PeekKey(row.bytes, row.type, key, identity_).ok()) {
        const bool told =
            row.type == model::DataType::kInstrument && !IsNews(*mark, key, identity_);
        mark->Give(key, identity_);
        if (told) return;
        row.received_ts = key.received_ts;
    }
    out.rows.push_back(std::move(row));
}

void LiveSession::Settle() {
    bool passed = true;
    for (auto& [key, lane] : lanes_) {
        if (lane.feed) {
            const Position read{lane.feed->next() - 1, kWholeMessage};
            lane.reached = std::max(lane.reached, read);
            *lane.place = lane.reached;
        }
        passed = passed && lane.reached.sequence >= seam_;
    }
    if (passed) token_.in_history = false;
}

}  // namespace mp::gateway
