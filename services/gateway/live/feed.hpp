#pragma once
// One subject of the bus, read once and fanned out to the subscribers of its instruments. Repeats
// are dropped here, for all of them: what a collector sends again after it lost the broker are
// whole batches, byte for byte; what two collectors both saw are single events. One io_context
// thread; the connection and the counters outlive it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/ordered_consumer.hpp"
#include "gateway/live/live_batch.hpp"
#include "gateway/live/position.hpp"
#include "gateway/live/recent_identities.hpp"
#include "model/instrument.hpp"
#include "telemetry/metrics.hpp"

namespace mp::gateway {

// Who gets the events of one instrument of a feed.
class LiveSink {
  public:
    virtual ~LiveSink() = default;
    virtual void OnEvent(const LiveEvent& event, uint32_t subject, model::DataType type) = 0;
    // Events of the feed's subject that nobody can have any more (purged, another stream).
    virtual void OnHole(const bus::Hole& hole, uint32_t subject) = 0;
};

// Of all feeds together.
struct FeedCounters {
    telemetry::Counter events;
    telemetry::Counter repeats;  // of events
    telemetry::Counter repeated_batches;
    telemetry::Counter undecodable;  // payloads that are no batch, events that are none
    telemetry::Counter holes;
};

class Feed {
  public:
    // More than all collectors together have in flight when the broker goes away, or than the other
    // collector of a pair may lag behind.
    static constexpr size_t kRememberedBatches = 4096;
    static constexpr size_t kRememberedEvents = 16'384;

    // Reads the subject from stream sequence `from` on. `horizon`: the stream's last sequence now;
    // once all that was there is read, the feed stands behind it even if none of it was this
    // subject's.
    Feed(
        bus::Connection& connection,
        std::string subject,
        uint64_t from,
        uint64_t horizon,
        const FeedCounters& counters
    );

    // From the position on: entries at or before `after` are left out. The sink unsubscribes before
    // it goes away, or has stopped the feed.
    void Subscribe(const model::Instrument& instrument, LiveSink& sink, Position after);
    void Unsubscribe(const model::Instrument& instrument, LiveSink& sink);
    // Hands out nothing any more. A sink may call it from OnEvent.
    void Stop() { stopped_ = true; }

    const std::string& subject() const { return subject_; }
    // Everything before this stream sequence has been handed out (or lies before the start).
    uint64_t next() const { return next_; }

  private:
    struct Subscriber {
        LiveSink* sink;
        Position after;
    };
    struct Line {
        uint64_t salt = 0;  // tells its events from those of other series
        std::vector<Subscriber> subscribers;
    };

    void OnMessages(std::span<bus::StreamMessage> messages);
    void OnHole(const bus::Hole& hole);
    void Deliver(const std::shared_ptr<const LiveBatch>& batch);
    void DeliverEntry(const std::shared_ptr<const LiveBatch>& batch, uint32_t index, Line& line);

    const std::string subject_;
    const uint32_t key_;
    const model::DataType type_;
    const FeedCounters& counters_;
    std::unordered_map<model::Instrument, Line> subscribers_;
    RecentIdentities batches_ = RecentIdentities::AtOnce(kRememberedBatches);
    RecentIdentities events_ = RecentIdentities::AtOnce(kRememberedEvents);
    std::vector<Line*> lines_;  // scratch: by a batch's instrument index
    std::string identity_;      // scratch
    uint64_t next_;
    bool stopped_ = false;
    bus::OrderedConsumer consumer_;  // last: its callbacks use all of the above
};

}  // namespace mp::gateway
