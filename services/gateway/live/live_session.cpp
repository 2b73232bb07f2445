#include "gateway/live/live_session.hpp"

#include <algorithm>
#include <utility>

#include "wire/convert.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {
namespace {

// Identities of a series that a shared feed may still repeat.
constexpr size_t kGivenRemembered = 1 << 17;

std::string ReasonOf(const bus::Hole& hole) {
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

}  // namespace

LiveSession::LiveSession(
    Fanout& fanout,
    History& history,
    const TokenSigner& signer,
    LiveRequest request,
    size_t queue_capacity
)
    : fanout_(fanout),
      history_(history),
      signer_(signer),
      request_(std::move(request)),
      capacity_(queue_capacity),
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
    for (const model::Series& series : request_.series) {
        const std::string subject = model::Subject(series, stream->shards);
        Lane& lane = lanes_[SubjectKey(subject)];
        lane.subject = subject;
        lane.type = series.data_type;
        lane.instruments.push_back(series.instrument);
        lane.next = horizon_ + 1;
        lane.position = {horizon_, kWholeMessage};
    }
    begins_in_past_ = request_.from.has_value() || !request_.token.empty();
    if (!request_.token.empty()) {
        MP_CO_RETURN_IF_ERROR(co_await PlaceByToken(*stream));
    } else if (request_.from) {
        MP_CO_RETURN_IF_ERROR(co_await PlaceBehindFloor(*stream, *request_.from, deadline));
    }
    if (!scan_from_) {
        for (auto& [key, lane] : lanes_) Attach(lane);
    }
    co_return OkStatus();
}

Task<Status> LiveSession::PlaceByToken(const Fanout::Stream& stream) {
    const Result<Token> token = signer_.Verify(request_.token);
    if (!token.ok()) co_return token.status();
    token_.order_ts = token->order_ts;
    bool forgotten = token->incarnation != stream.incarnation;
    for (auto& [key, lane] : lanes_) {
        const auto it = token->positions.find(key);
        if (it == token->positions.end()) {
            co_return absl::InvalidArgumentError("token: belongs to a subscription of other series"
            );
        }
        forgotten = forgotten || it->second.sequence + 1 < stream.first_sequence;
        lane.position = it->second;
        // The message itself is read again: entries behind the index may be missing.
        lane.next =
            it->second.index == kWholeMessage ? it->second.sequence + 1 : it->second.sequence;
    }
    if (!forgotten) co_return OkStatus();
    co_return co_await PlaceBehindFloor(
        stream, token->order_ts, Deadline::After(std::chrono::seconds(10))
    );
}

Task<Status> LiveSession::PlaceBehindFloor(
    const Fanout::Stream& stream, Nanos from, Deadline deadline
) {
    const auto statistics = co_await history_.Statistics(deadline);
    if (!statistics.ok()) co_return statistics.status();
    const uint64_t floor = std::max(statistics->ack_floor(), stream.first_sequence - 1);
    for (auto& [key, lane] : lanes_) {
        lane.next = floor + 1;
        lane.position = {floor, kWholeMessage};
    }
    scan_from_ = from;
    to_scan_.assign(request_.series.begin(), request_.series.end());
    co_return OkStatus();
}

void LiveSession::Attach(Lane& lane) {
    lane.feed = fanout_.Share(lane.subject, lane.next, horizon_);
    lane.shared = lane.feed != nullptr;
    if (!lane.shared) lane.feed = fanout_.MakePrivate(lane.subject, lane.next, horizon_);
    for (const model::Instrument& instrument : lane.instruments) {
        lane.feed->Subscribe(instrument, *this, lane.position);
    }
}

void LiveSession::Detach(Lane& lane) {
    if (!lane.feed) return;
    for (const model::Instrument& instrument : lane.instruments)
        lane.feed->Unsubscribe(instrument, *this);
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
        // Entries that are queued are behind the client's position but not behind ours.
        const Position position = std::exchange(lane.position, Position{next - 1, kWholeMessage});
        if (level) Attach(lane);
        lane.position = position;
    }
}

void LiveSession::OnEvent(const LiveEvent& event, uint32_t subject, model::DataType type) {
    if (begins_in_past_ && !Remember({event.instrument(), type}, event.bytes())) return;
    const auto lane = lanes_.find(subject);
    if (lane != lanes_.end() && lane->second.shared) {
        queue_.Push({event, subject, type});
    } else {
        queue_.PushCatchUp({event, subject, type});
    }
}

void LiveSession::OnHole(const bus::Hole& hole, uint32_t subject) {
    const Lane& lane = lanes_.at(subject);
    gaps_.push_back({lane.type, lane.subject, ReasonOf(hole)});
    queue_.Wake();
}

Task<Status> LiveSession::Next(LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline) {
    out.rows.clear();
    out.gaps.clear();
    out.lagged = 0;
    if (scan_from_) {
        MP_CO_RETURN_IF_ERROR(co_await NextHistory(out));
    } else {
        MP_CO_RETURN_IF_ERROR(co_await NextLive(out, limit, row_tokens, deadline));
    }
    out.gaps = std::exchange(gaps_, {});
    out.lagged = queue_.TakeLagged();
    out.live = !scan_from_ && !std::exchange(live_announced_, !scan_from_);
    out.token = Sign();
    co_return OkStatus();
}

Task<Status> LiveSession::NextHistory(LiveOutput& out) {
    if (!scan_ && !to_scan_.empty()) {
        pb::QueryEventsRequest request;
        wire::ToProto(to_scan_.front(), *request.mutable_series());
        request.set_start(*scan_from_);
        auto stream =
            co_await history_.Events(std::move(request), Deadline::After(std::chrono::hours(1)));
        if (!stream.ok()) co_return stream.status();
        scan_.emplace(std::move(*stream));
    }
    if (scan_) {
        const Result<bool> more = co_await scan_->Next(out.chunk_);
        if (!more.ok()) co_return more.status();
        if (*more) {
            MP_CO_RETURN_IF_ERROR(out.reader_.OpenChunk(out.chunk_));
            for (const wire::BatchEntry& entry : out.reader_.entries()) {
                if (!Remember(to_scan_.front(), entry.event)) continue;
                out.rows.push_back(
                    {&out.reader_.instruments()[entry.instrument],
                     entry.event,
                     to_scan_.front().data_type}
                );
            }
            co_return OkStatus();
        }
        scan_.reset();
        to_scan_.pop_front();
    }
    if (to_scan_.empty()) {
        scan_from_.reset();
        for (auto& [key, lane] : lanes_) Attach(lane);
    }
    co_return OkStatus();
}

Task<Status> LiveSession::NextLive(
    LiveOutput& out, size_t limit, bool row_tokens, Deadline deadline
) {
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
    if (catching_up) deadline = deadline.Earlier(Deadline::After(std::chrono::milliseconds(50)));
    out.events_ = co_await queue_.Take(limit, deadline);
    for (const QueuedEvent& event : out.events_) {
        LiveRow& row = out.rows.emplace_back(RowOf(event));
        if (row_tokens) row.token = Sign();
    }
    co_return OkStatus();
}

bool LiveSession::Remember(const model::Series& series, std::string_view event) {
    wire::EventKey key;
    std::string identity;
    if (!wire::PeekKey(event, series.data_type, key, identity).ok()) return true;
    return given_.try_emplace(series, kGivenRemembered).first->second.Add(identity);
}

LiveRow LiveSession::RowOf(const QueuedEvent& event) {
    Lane& lane = lanes_.at(event.subject);
    const Position position{event.event.batch->sequence(), event.event.index};
    lane.position = std::max(lane.position, position);
    LiveRow row{&event.event.instrument(), event.event.bytes(), event.type};
    wire::EventKey key;
    std::string identity;
    if (wire::PeekKey(row.bytes, row.type, key, identity).ok()) {
        token_.order_ts = std::max(token_.order_ts, key.order_ts);
        row.received_ts = key.received_ts;
    }
    return row;
}

std::string LiveSession::Sign() const {
    Token token = token_;
    if (scan_from_) {
        // In the middle of history only its beginning can be gone back to.
        token.incarnation = 0;
        token.order_ts = *scan_from_;
    }
    for (const auto& [key, lane] : lanes_) token.positions[key] = lane.position;
    return signer_.Sign(token);
}

}  // namespace mp::gateway
