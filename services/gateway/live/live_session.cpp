#include "gateway/live/live_session.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "gateway/query/chunk.hpp"
#include "runtime/sleep.hpp"
#include "wire/convert.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;

// Identities of a series that may still come again.
constexpr size_t kGivenRemembered = 8192;
// A resumed subscription reads so many messages of the stream again, to know the repeats of what it
// was given before.
constexpr uint64_t kLookBack = 4096;
// Clocks differ, and events travel: a series that has shown nothing yet begins so much earlier.
constexpr Nanos kSlack = 5 * kSecond;

std::string_view ReasonOf(const bus::Hole& hole) {
    switch (hole.kind) {
        case bus::Hole::Kind::kPurged:
            return "purged";
        case bus::Hole::Kind::kTruncated:
            return "broker_truncated";
        case bus::Hole::Kind::kNewIncarnation:
            return "new_stream";
    }
    return "unknown";
}

bool IsGap(model::CoverageState state) {
    return state == model::CoverageState::kOpen || state == model::CoverageState::kUnrepairable;
}

}  // namespace

void LiveSession::Lane::StartBehind(Position position) {
    start = position;
    reached = position;
    *place = position;
    next = position.index == kWholeMessage ? position.sequence + 1 : position.sequence;
}

LiveSession::LiveSession(
    Fanout& fanout,
    History& history,
    const TokenSigner& signer,
    LiveRequest request,
    size_t queue_capacity,
    const Clock& clock
)
    : fanout_(fanout),
      history_(history),
      signer_(signer),
      request_(std::move(request)),
      capacity_(queue_capacity),
      clock_(clock),
      queue_(request_.policy, queue_capacity) {}

LiveSession::~LiveSession() {
    for (auto& [key, lane] : lanes_) Detach(lane);
    fanout_.Sweep();
    if (ended_) ended_();
}

Task<Status> LiveSession::Start(Deadline deadline) {
    if (request_.series.empty())
        co_return absl::InvalidArgumentError("series: at least one is required");
    if (request_.from && !request_.token.empty()) {
        co_return absl::InvalidArgumentError("token: cannot be combined with from");
    }
    const Result<Fanout::Stream> stream = co_await fanout_.Look(deadline);
    if (!stream.ok()) co_return stream.status();
    horizon_ = stream->last_sequence;
    token_.incarnation = stream->incarnation;
    token_.since = request_.from.value_or(clock_.Now() - kSlack);
    for (const model::Series& series : request_.series) {
        AddLane(series, stream->shards, true);
        AddLane({series.instrument, model::DataType::kCoverage}, stream->shards, false);
    }
    begins_in_past_ = request_.from.has_value() || !request_.token.empty();
    if (!request_.token.empty()) co_return co_await StartByToken(*stream, deadline);
    if (request_.from) co_return co_await EnterHistory(*stream, deadline);
    for (auto& [key, lane] : lanes_) Attach(lane);
    co_return OkStatus();
}

void LiveSession::AddLane(const model::Series& series, uint32_t shards, bool wanted) {
    const std::string subject = model::Subject(series, shards);
    const uint32_t key = SubjectKey(subject);
    const auto [it, added] = lanes_.try_emplace(key);
    Lane& lane = it->second;
    if (added) {
        lane.subject = subject;
        lane.type = series.data_type;
        lane.place = &token_.positions[key];
        lane.StartBehind({horizon_, kWholeMessage});
    }
    SeriesMark*& mark = lane.marks[series.instrument];
    if (wanted) {
        wanted_.insert(series);
        mark = &token_.marks[SeriesKey(series)];
    }
}

Task<Status> LiveSession::StartByToken(const Fanout::Stream& stream, Deadline deadline) {
    const Result<Token> token = signer_.Verify(request_.token);
    if (!token.ok()) co_return token.status();
    for (const auto& [key, lane] : lanes_) {
        if (token->positions.count(key) != 0) continue;
        co_return absl::InvalidArgumentError("token: belongs to a subscription of other series");
    }
    token_.since = token->since;
    for (auto& [key, mark] : token_.marks) {
        if (const auto it = token->marks.find(key); it != token->marks.end()) mark = it->second;
    }
    if (!PlaceByToken(*token, stream)) co_return co_await EnterHistory(stream, deadline);
    for (auto& [key, lane] : lanes_) Attach(lane);
    co_return OkStatus();
}

// False: the stream does not hold all that came since.
bool LiveSession::PlaceByToken(const Token& token, const Fanout::Stream& stream) {
    if (token.in_history || token.incarnation != stream.incarnation) return false;
    const uint64_t first = std::max<uint64_t>(stream.first_sequence, 1);
    for (auto& [key, lane] : lanes_) {
        const Position position = token.positions.at(key);
        if (position.sequence + 1 < first || position.sequence > stream.last_sequence) return false;
        lane.StartBehind(position);
        lane.next = std::max(first, lane.next - std::min(lane.next, kLookBack));
    }
    return true;
}

Task<Status> LiveSession::EnterHistory(Fanout::Stream stream, Deadline deadline) {
    const auto statistics = co_await history_.Statistics(deadline);
    if (!statistics.ok()) co_return statistics.status();
    uint64_t floor = std::max<uint64_t>(stream.first_sequence, 1) - 1;
    if (statistics->stream_incarnation() == std::to_string(stream.incarnation)) {
        floor = std::max<uint64_t>(floor, statistics->ack_floor());
    }
    for (auto& [key, lane] : lanes_) lane.StartBehind({floor, kWholeMessage});
    horizon_ = stream.last_sequence;
    token_.incarnation = stream.incarnation;
    token_.in_history = true;
    begins_in_past_ = true;
    scan_.emplace(history_, request_.series);
    co_return OkStatus();
}

Task<Status> LiveSession::LeaveHistory() {
    const Result<Fanout::Stream> stream = co_await fanout_.Look(Deadline::After(5s));
    if (!stream.ok()) {  // the broker comes back
        co_await runtime::Sleep(200ms);
        co_return OkStatus();
    }
    if (stream->incarnation != token_.incarnation) {
        co_return co_await EnterHistory(*stream, Deadline::After(5s));
    }
    scan_.reset();
    horizon_ = seam_ = stream->last_sequence;
    for (auto& [key, lane] : lanes_) Attach(lane);
    co_return OkStatus();
}

// What the stream lost is in the store, or nowhere.
Task<Status> LiveSession::Restart() {
    for (auto& [key, lane] : lanes_) Detach(lane);
    const Result<Fanout::Stream> stream = co_await fanout_.Look(Deadline::After(5s));
    if (!stream.ok()) co_return stream.status();
    MP_CO_RETURN_IF_ERROR(co_await EnterHistory(*stream, Deadline::After(5s)));
    restart_ = false;
    co_return OkStatus();
}

void LiveSession::Attach(Lane& lane) {
    lane.feed = fanout_.Share(lane.subject, lane.next, horizon_);
    lane.shared = lane.feed != nullptr;
    if (!lane.shared) lane.feed = fanout_.MakePrivate(lane.subject, lane.next, horizon_);
    for (const auto& [instrument, mark] : lane.marks) {
        lane.feed->Subscribe(instrument, *this, {lane.next - 1, kWholeMessage});
    }
}

void LiveSession::Detach(Lane& lane) {
    if (!lane.feed) return;
    for (const auto& [instrument, mark] : lane.marks) lane.feed->Unsubscribe(instrument, *this);
    lane.feed.reset();
}

void LiveSession::Advance() {
    for (auto& [key, lane] : lanes_) {
        if (lane.feed && lane.shared) continue;
        if (!lane.feed) {
            if (queue_.size() <= capacity_ / 4) Attach(lane);
            continue;
        }
        const std::shared_ptr<Feed> shared = fanout_.Find(lane.subject);
        const uint64_t next = lane.feed->next();
        const bool level = !shared || shared->next() <= next;
        if (!level && queue_.size() < capacity_ / 2) continue;
        Detach(lane);
        lane.next = next;
        if (level) Attach(lane);
    }
}

bool LiveSession::Wants(const model::Instrument& instrument, model::DataType type) const {
    return wanted_.count({instrument, type}) != 0;
}

std::optional<LiveGap> LiveSession::GapOf(const LiveEvent& event) {
    model::Event decoded;
    if (!decoder_.Decode(event.bytes(), decoded).ok()) return std::nullopt;
    const auto* coverage = std::get_if<model::Coverage>(&decoded.body);
    if (coverage == nullptr || !IsGap(coverage->state)) return std::nullopt;
    if (!Wants(event.instrument(), coverage->data_type)) return std::nullopt;
    return LiveGap{
        {event.instrument(), coverage->data_type},
        coverage->from_ts,
        coverage->to_ts,
        coverage->state,
        std::string(coverage->reason),
        coverage->missing};
}

void LiveSession::OnEvent(const LiveEvent& event, uint32_t subject, model::DataType type) {
    const auto found = lanes_.find(subject);
    if (found == lanes_.end() || restart_) return;
    const Lane& lane = found->second;
    if (begins_in_past_ && !Remember(lane, event)) return;
    QueuedEvent queued{event, subject, type, {}};
    queued.first = queued.position();
    if (queued.first <= lane.start) return;
    const bool only_its_gaps =
        type == model::DataType::kCoverage && !Wants(event.instrument(), type);
    if (only_its_gaps && !GapOf(event)) return;
    if (lane.shared) {
        queue_.Push(std::move(queued));
    } else {
        queue_.PushCatchUp(std::move(queued));
    }
}

bool LiveSession::Remember(const Lane& lane, const LiveEvent& event) {
    wire::EventKey key;
    identity_.clear();
    if (!wire::PeekKey(event.bytes(), lane.type, key, identity_).ok()) return true;
    const model::Series series{event.instrument(), lane.type};
    RecentIdentities& given = given_.try_emplace(series, kGivenRemembered).first->second;
    if (!given.Add(identity_)) return false;
    // Behind a long scan not all that it gave is remembered by name.
    const auto mark = lane.marks.find(event.instrument());
    const bool by_mark = token_.in_history && given.full() && mark != lane.marks.end();
    return !by_mark || mark->second == nullptr || !mark->second->Has(key, identity_);
}

void LiveSession::OnHole(const bus::Hole& hole, uint32_t subject) {
    const Lane& lane = lanes_.at(subject);
    if (hole.kind == bus::Hole::Kind::kPurged) {
        if (hole.last > lane.start.sequence) AddHole(lane, ReasonOf(hole));
    } else if (!std::exchange(restart_, true)) {
        // Whichever lane notices first: it is so for all.
        for (const auto& [key, each] : lanes_) AddHole(each, ReasonOf(hole));
    }
    queue_.Wake();
}

void LiveSession::AddHole(const Lane& lane, std::string_view reason) {
    for (const auto& [instrument, mark] : lane.marks) {
        if (mark == nullptr) continue;
        const Nanos from = mark->empty() ? token_.since : mark->order_ts();
        gaps_.push_back(
            {{instrument, lane.type},
             from,
             std::max(from, clock_.Now()),
             model::CoverageState::kOpen,
             std::string(reason),
             std::nullopt}
        );
    }
}

Task<Status> LiveSession::Next(LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline) {
    out.Clear();
    if (scan_) {
        MP_CO_RETURN_IF_ERROR(co_await NextHistory(out, row_tokens));
    } else {
        MP_CO_RETURN_IF_ERROR(co_await NextLive(out, limit, row_tokens, deadline));
    }
    std::move(gaps_.begin(), gaps_.end(), std::back_inserter(out.gaps));
    gaps_.clear();
    out.lagged = queue_.TakeLagged();
    out.live = !scan_ && !std::exchange(live_announced_, !scan_);
    out.token = Sign();
    co_return OkStatus();
}

Task<Status> LiveSession::NextHistory(LiveOutput& out, bool row_tokens) {
    if (scan_->done()) co_return co_await LeaveHistory();
    const model::Series series = scan_->series();
    SeriesMark& mark = token_.marks[SeriesKey(series)];
    const Result<bool> more =
        co_await scan_->Next(mark.empty() ? token_.since : mark.order_ts(), out.chunk_);
    if (!more.ok()) co_return more.status();
    if (!*more) co_return OkStatus();
    MP_CO_RETURN_IF_ERROR(out.reader_.OpenChunk(out.chunk_));
    for (const wire::BatchEntry& entry : out.reader_.entries()) {
        const LiveRow row{
            &out.reader_.instruments()[entry.instrument], entry.event, series.data_type};
        if (AddScanned(row, mark, out) && row_tokens) out.rows.back().token = Sign();
    }
    co_return AddScannedGaps(series, mark, out);
}

// False: it was given before the token was taken.
bool LiveSession::AddScanned(const LiveRow& row, SeriesMark& mark, LiveOutput& out) {
    wire::EventKey key;
    identity_.clear();
    if (!wire::PeekKey(row.bytes, row.type, key, identity_).ok()) return false;
    if (mark.Has(key, identity_)) return false;
    const model::Series series{*row.instrument, row.type};
    given_.try_emplace(series, kGivenRemembered).first->second.Add(identity_);
    mark.Give(key, identity_);
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
        return !entry.second.feed || !entry.second.shared;
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
    *lane.place = safe ? std::min(*safe, lane.reached) : lane.reached;
    if (event.type == model::DataType::kCoverage) {
        if (auto gap = GapOf(event.event)) out.gaps.push_back(*std::move(gap));
    }
    SeriesMark* mark = lane.marks.at(event.event.instrument());
    if (mark == nullptr) return;
    LiveRow row{&event.event.instrument(), event.event.bytes(), event.type};
    if (event.merged) row.bytes = out.merged_.emplace_back(event.merged->Encode());
    wire::EventKey key;
    identity_.clear();
    if (wire::PeekKey(row.bytes, row.type, key, identity_).ok()) {
        mark->Give(key, identity_);
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
