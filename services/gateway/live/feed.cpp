#include "gateway/live/feed.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/hash.hpp"
#include "bus/topology.hpp"
#include "gateway/live/repeat_hash.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {
namespace {

model::DataType TypeOfSubject(std::string_view subject) {
    const auto parts = model::ParseSubject(subject);
    return parts ? parts->data_type : model::DataType::kUnspecified;
}

}  // namespace

Feed::Feed(
    bus::Connection& connection,
    std::string subject,
    uint64_t from,
    uint64_t horizon,
    const FeedCounters& counters
)
    : subject_(std::move(subject)),
      key_(SubjectKey(subject_)),
      type_(TypeOfSubject(subject_)),
      counters_(counters),
      next_(from),
      consumer_(
          connection,
          {.stream = bus::kMarketDataStream,
           .filter = subject_,
           .start = bus::StartAt::Sequence(from)},
          {.on_messages = [this](std::span<bus::StreamMessage> messages) { OnMessages(messages); },
           .on_hole = [this](const bus::Hole& hole) { OnHole(hole); },
           .on_caught_up = [this, horizon] { next_ = std::max(next_, horizon + 1); }}
      ) {}

void Feed::Subscribe(const model::Instrument& instrument, LiveSink& sink, Position after) {
    Line& line = subscribers_[instrument];
    if (line.subscribers.empty()) line.salt = SeriesKey({instrument, type_});
    line.subscribers.push_back({&sink, after});
}

void Feed::Unsubscribe(const model::Instrument& instrument, LiveSink& sink) {
    const auto it = subscribers_.find(instrument);
    if (it == subscribers_.end()) return;
    std::erase_if(it->second.subscribers, [&](const Subscriber& s) { return s.sink == &sink; });
    if (it->second.subscribers.empty()) subscribers_.erase(it);
}

void Feed::OnMessages(std::span<bus::StreamMessage> messages) {
    for (bus::StreamMessage& message : messages) {
        if (stopped_) return;
        next_ = message.stream_sequence + 1;
        // Every event carries the time of its receipt: equal bytes are the same batch.
        if (!batches_.Add(std::hash<std::string_view>()(message.payload()))) {
            counters_.repeated_batches.Add();
            continue;
        }
        auto batch = LiveBatch::Open(std::move(message));
        if (batch.ok()) {
            Deliver(*batch);
        } else {
            counters_.undecodable.Add();
        }
    }
}

void Feed::OnHole(const bus::Hole& hole) {
    if (stopped_) return;
    counters_.holes.Add();
    if (hole.kind != bus::Hole::Kind::kPurged) next_ = std::max<uint64_t>(hole.first, 1);
    std::vector<LiveSink*> sinks;
    for (const auto& [instrument, line] : subscribers_) {
        for (const Subscriber& subscriber : line.subscribers) sinks.push_back(subscriber.sink);
    }
    std::sort(sinks.begin(), sinks.end());
    sinks.erase(std::unique(sinks.begin(), sinks.end()), sinks.end());
    for (LiveSink* sink : sinks) sink->OnHole(hole, key_);
}

void Feed::Deliver(const std::shared_ptr<const LiveBatch>& batch) {
    lines_.clear();
    for (const model::Instrument& instrument : batch->instruments()) {
        const auto it = subscribers_.find(instrument);
        lines_.push_back(it == subscribers_.end() ? nullptr : &it->second);
    }
    counters_.events.Add(batch->entries().size());
    uint32_t index = 0;
    for (const wire::BatchEntry& entry : batch->entries()) {
        Line* const line = lines_[entry.instrument];
        if (line != nullptr && !stopped_) DeliverEntry(batch, index, *line);
        ++index;
    }
}

void Feed::DeliverEntry(const std::shared_ptr<const LiveBatch>& batch, uint32_t index, Line& line) {
    wire::EventKey key;
    identity_.clear();
    if (!wire::PeekKey(batch->entries()[index].event, type_, key, identity_).ok()) {
        counters_.undecodable.Add();
        return;
    }
    if (!events_.Add(RepeatHash(key, identity_, line.salt))) {
        counters_.repeats.Add();
        return;
    }
    const LiveEvent event{batch, index};
    const Position position{batch->sequence(), index};
    for (const Subscriber& subscriber : line.subscribers) {
        if (position > subscriber.after) subscriber.sink->OnEvent(event, key_, type_);
    }
}

}  // namespace mp::gateway
