#include "gateway/live/live_session.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "runtime/sleep.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;

// Clocks differ, and events travel: a series that has shown nothing yet begins so much earlier.
constexpr Nanos kSlack = 5 * kSecond;

}  // namespace

LiveSession::LiveSession(
    Fanout& fanout,
    History& history,
    const TokenSigner& signer,
    LiveRequest request,
    QueueBounds bounds,
    Counters counters,
    const Clock& clock
)
    : fanout_(fanout),
      history_(history),
      signer_(signer),
      request_(std::move(request)),
      counters_(counters),
      clock_(clock),
      queue_(request_.policy, bounds) {}

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
    Lane::Member& member = lane.members[series.instrument];
    member.salt = SeriesKey(series);
    if (wanted) {
        wanted_.insert(series);
        member.mark = &token_.marks[member.salt];
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
        const uint64_t needed = position.sequence + (position.index == kWholeMessage ? 1 : 0);
        if (needed < first || position.sequence > stream.last_sequence) return false;
        lane.StartBehind(position);
        // What was given before is read again, to know its repeats.
        const uint64_t back = std::min(position.sequence, Lane::kLookBack);
        lane.read = {std::max(first - 1, position.sequence - back), kWholeMessage};
        lane.given.emplace(Feed::kRememberedEvents);
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
    for (auto& [key, lane] : lanes_) {
        lane.StartBehind({floor, kWholeMessage});
        if (!lane.given) lane.given.emplace(Feed::kRememberedEvents);
    }
    horizon_ = stream.last_sequence;
    token_.incarnation = stream.incarnation;
    token_.in_history = true;
    scan_.emplace(history_, request_.series);
    co_return OkStatus();
}

Task<Status> LiveSession::LeaveHistory() {
    const Result<Fanout::Stream> stream = co_await fanout_.Look(Deadline::After(5s));
    if (!stream.ok()) {  // the broker comes back
        co_await runtime::Sleep(200ms);
        co_return OkStatus();
    }
    // A scan may take longer than the bus keeps what is behind it; the next one is shorter.
    const bool forgotten = std::any_of(lanes_.begin(), lanes_.end(), [&](const auto& entry) {
        return entry.second.start.sequence + 1 < stream->first_sequence;
    });
    if (forgotten || stream->incarnation != token_.incarnation) {
        co_return co_await EnterHistory(*stream, Deadline::After(5s));
    }
    scan_.reset();
    horizon_ = seam_ = stream->last_sequence;
    for (auto& [key, lane] : lanes_) Attach(lane);
    co_return OkStatus();
}

// What the stream lost is in the store, or nowhere.
Task<Status> LiveSession::Restart() {
    handed_ = 0;
    for (auto& [key, lane] : lanes_) Detach(lane);
    const Result<Fanout::Stream> stream = co_await fanout_.Look(Deadline::After(5s));
    if (!stream.ok()) co_return stream.status();
    MP_CO_RETURN_IF_ERROR(co_await EnterHistory(*stream, Deadline::After(5s)));
    restart_ = false;
    co_return OkStatus();
}

Task<Status> LiveSession::Next(LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline) {
    out.Clear();
    row_tokens = row_tokens && request_.series.size() <= kRowTokenSeries;
    if (scan_) {
        MP_CO_RETURN_IF_ERROR(co_await NextHistory(out, row_tokens));
    } else {
        MP_CO_RETURN_IF_ERROR(co_await NextLive(out, limit, row_tokens, deadline));
    }
    std::move(gaps_.begin(), gaps_.end(), std::back_inserter(out.gaps));
    gaps_.clear();
    out.lagged = queue_.TakeLagged();
    counters_.conflated.Add(out.lagged);
    out.live = !scan_ && !std::exchange(live_announced_, !scan_);
    out.token = Sign();
    co_return OkStatus();
}

}  // namespace mp::gateway
