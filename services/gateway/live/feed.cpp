#include "gateway/live/feed.hpp"

#include <algorithm>
#include <utility>

#include "bus/topology.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {
namespace {

model::DataType TypeOfSubject(std::string_view subject) {
    const auto parts = model::ParseSubject(subject);
    return parts ? parts->data_type : model::DataType::kUnspecified;
}

}  // namespace

Feed::Feed(bus::Connection& connection, std::string subject, uint64_t from, uint64_t horizon)
    : subject_(std::move(subject)),
      key_(SubjectKey(subject_)),
      type_(TypeOfSubject(subject_)),
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
    subscribers_[instrument].subscribers.push_back({&sink, after});
}

void Feed::Unsubscribe(const model::Instrument& instrument, LiveSink& sink) {
    const auto it = subscribers_.find(instrument);
    if (it == subscribers_.end()) return;
    std::erase_if(it->second.subscribers, [&](const Subscriber& s) { return s.sink == &sink; });
    if (it->second.subscribers.empty()) subscribers_.erase(it);
}

void Feed::OnMessages(std::span<bus::StreamMessage> messages) {
    for (bus::StreamMessage& message : messages) {
        ++stats_.messages;
        next_ = message.stream_sequence + 1;
        auto batch = LiveBatch::Open(std::move(message));
        if (batch.ok()) {
            Deliver(*batch);
        } else {
            ++stats_.undecodable;
        }
    }
}

void Feed::OnHole(const bus::Hole& hole) {
    ++stats_.holes;
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
    uint32_t index = 0;
    for (const wire::BatchEntry& entry : batch->entries()) {
        ++stats_.events;
        if (Line* line = lines_[entry.instrument]; line != nullptr)
            DeliverEntry(batch, index, *line);
        ++index;
    }
}

void Feed::DeliverEntry(const std::shared_ptr<const LiveBatch>& batch, uint32_t index, Line& line) {
    wire::EventKey key;
    identity_.clear();
    if (!wire::PeekKey(batch->entries()[index].event, type_, key, identity_).ok()) {
        ++stats_.undecodable;
        return;
    }
    if (!line.recent.Add(identity_)) {
        ++stats_.repeats;
        return;
    }
    const LiveEvent event{batch, index};
    const Position position{batch->sequence(), index};
    for (const Subscriber& subscriber : line.subscribers) {
        if (position > subscriber.after) subscriber.sink->OnEvent(event, key_, type_);
    }
}

}  // namespace mp::gateway
