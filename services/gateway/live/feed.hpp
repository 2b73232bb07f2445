#pragma once
// One subject of the bus, read once and fanned out to the subscribers of its instruments. Repeats
// are dropped here, for all of them. One io_context thread; the connection outlives it.

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

namespace mp::gateway {

// Who gets the events of one instrument of a feed.
class LiveSink {
  public:
    virtual ~LiveSink() = default;
    virtual void OnEvent(const LiveEvent& event, uint32_t subject, model::DataType type) = 0;
    // Events of the feed's subject that nobody can have any more (purged, another stream).
    virtual void OnHole(const bus::Hole& hole, uint32_t subject) = 0;
};

// Counts of a feed since its start.
struct FeedStats {
    uint64_t messages = 0;
    uint64_t events = 0;
    uint64_t repeats = 0;      // dropped by identity
    uint64_t undecodable = 0;  // payloads that are no batch, events that are none
    uint64_t holes = 0;
};

class Feed {
  public:
    // Remembered identities of a series.
    static constexpr size_t kRemembered = 4096;

    // Reads the subject from stream sequence `from` on. `horizon`: the stream's last sequence now;
    // once all that was there is read, the feed stands behind it even if none of it was this
    // subject's.
    Feed(bus::Connection& connection, std::string subject, uint64_t from, uint64_t horizon);

    // From the position on: entries at or before `after` are left out. The sink unsubscribes before
    // it goes away.
    void Subscribe(const model::Instrument& instrument, LiveSink& sink, Position after);
    void Unsubscribe(const model::Instrument& instrument, LiveSink& sink);

    const std::string& subject() const { return subject_; }
    uint32_t key() const { return key_; }
    model::DataType type() const { return type_; }
    // Everything before this stream sequence has been handed out (or lies before the start).
    uint64_t next() const { return next_; }
    Nanos incarnation() const { return consumer_.incarnation(); }
    bool active() const { return consumer_.active(); }
    bool idle() const { return subscribers_.empty(); }
    const FeedStats& stats() const { return stats_; }

  private:
    struct Subscriber {
        LiveSink* sink;
        Position after;
    };
    struct Line {
        std::vector<Subscriber> subscribers;
        RecentIdentities recent{kRemembered};
    };

    void OnMessages(std::span<bus::StreamMessage> messages);
    void OnHole(const bus::Hole& hole);
    void Deliver(const std::shared_ptr<const LiveBatch>& batch);
    void DeliverEntry(const std::shared_ptr<const LiveBatch>& batch, uint32_t index, Line& line);

    const std::string subject_;
    const uint32_t key_;
    const model::DataType type_;
    std::unordered_map<model::Instrument, Line> subscribers_;
    std::vector<Line*> lines_;  // scratch: by a batch's instrument index
    std::string identity_;      // scratch
    uint64_t next_;
    FeedStats stats_;
    bus::OrderedConsumer consumer_;  // last: its callbacks use all of the above
};

}  // namespace mp::gateway
