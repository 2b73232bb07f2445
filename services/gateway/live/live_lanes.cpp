// LiveSession's reading of the bus.

#include <algorithm>
#include <utility>

#include "gateway/live/live_session.hpp"
#include "gateway/live/repeat_hash.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {
namespace {

std::string_view ReasonOf(bus::Hole::Kind kind) {
    return kind == bus::Hole::Kind::kTruncated ? "broker_truncated" : "new_stream";
}

bool IsGap(model::CoverageState state) {
    return state == model::CoverageState::kOpen || state == model::CoverageState::kUnrepairable;
}

}  // namespace

void LiveSession::Attach(Lane& lane) {
    const bool whole = lane.read.index == kWholeMessage;
    const uint64_t from = lane.read.sequence + (whole ? 1 : 0);
    lane.feed = fanout_.Share(lane.subject, from, horizon_);
    lane.shared = lane.feed != nullptr;
    if (lane.shared) {
        lane.forget_behind = std::max(seam_, lane.read.sequence) + Lane::kLookBack;
    } else {
        lane.feed = fanout_.MakePrivate(lane.subject, from, horizon_);
        if (!lane.given) lane.given.emplace(Feed::kRememberedEvents);
    }
    for (const auto& [instrument, member] : lane.members) {
        lane.feed->Subscribe(instrument, *this, lane.read);
    }
}

void LiveSession::Detach(Lane& lane) {
    if (!lane.feed) return;
    for (const auto& [instrument, member] : lane.members) lane.feed->Unsubscribe(instrument, *this);
    lane.feed.reset();
}

// From inside the feed's own call.
void LiveSession::Pause(Lane& lane, Position before) {
    lane.read = Before(before);
    fanout_.Retire(std::exchange(lane.feed, nullptr));
}

void LiveSession::Advance() {
    for (auto& [key, lane] : lanes_) {
        if (!lane.feed) {
            if (queue_.low()) Attach(lane);
            continue;
        }
        if (lane.shared) continue;
        const std::shared_ptr<Feed> shared = fanout_.Find(lane.subject);
        const uint64_t next = lane.feed->next();
        if (shared && shared->next() > next) continue;
        Detach(lane);
        lane.read = {next - 1, kWholeMessage};
        Attach(lane);
    }
}

Lane& LiveSession::LaneOf(const model::Series& series) {
    const auto holds = [&](const auto& entry) {
        return entry.second.type == series.data_type &&
               entry.second.members.count(series.instrument) != 0;
    };
    return std::find_if(lanes_.begin(), lanes_.end(), holds)->second;
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
    Lane& lane = found->second;
    QueuedEvent queued{event, subject, type, {}};
    queued.first = queued.position();
    if (!lane.shared && queue_.crowded()) return Pause(lane, queued.first);
    if (lane.given && !Remember(lane, event)) return;
    if (queued.first <= lane.start) return;
    const bool only_its_gaps =
        type == model::DataType::kCoverage && !Wants(event.instrument(), type);
    if (only_its_gaps && !GapOf(event)) return;
    const bool overflowed = queue_.overflowed();
    if (!queue_.Push(std::move(queued)) && !overflowed) counters_.overflows.Add();
}

bool LiveSession::Remember(Lane& lane, const LiveEvent& event) {
    const uint64_t sequence = event.batch->sequence();
    if (lane.shared && sequence > lane.forget_behind) {
        lane.given.reset();
        return true;
    }
    wire::EventKey key;
    identity_.clear();
    if (!wire::PeekKey(event.bytes(), lane.type, key, identity_).ok()) return true;
    const Lane::Member& member = lane.members.at(event.instrument());
    if (!lane.given->Add(RepeatHash(key, identity_, member.salt))) return false;
    // Behind a long scan not all that it gave is remembered by name.
    const bool by_mark = sequence <= seam_ && lane.given->full() && member.mark != nullptr;
    return !by_mark || !member.mark->Has(key, identity_);
}

void LiveSession::OnHole(const bus::Hole& hole, uint32_t subject) {
    if (restart_) return;
    if (hole.kind != bus::Hole::Kind::kPurged) {
        // Whichever lane notices first: it is so for all.
        for (const auto& [key, lane] : lanes_) AddHole(lane, ReasonOf(hole.kind));
    } else if (hole.last <= lanes_.at(subject).start.sequence) {
        return;
    }
    restart_ = true;
    queue_.Wake();
}

void LiveSession::AddHole(const Lane& lane, std::string_view reason) {
    for (const auto& [instrument, member] : lane.members) {
        if (member.mark == nullptr) continue;
        const Nanos from = member.mark->empty() ? token_.since : member.mark->order_ts();
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

}  // namespace mp::gateway
