#pragma once
// Events on their way into batches, one lane a subject. While the pipe is idle a batch leaves at
// the end of the socket read that brought its events; while it is busy batches grow, until they are
// large enough, old enough, or there is room again. One executor's thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "collector/publish/outbox.hpp"
#include "model/event.hpp"
#include "wire/batch.hpp"

namespace mp::collector {

using LaneId = uint32_t;
// Whoever wants to know when an event of its was dropped.
using SeriesId = uint32_t;

class Lanes {
  public:
    struct Config {
        std::string producer;  // collector instance
        size_t max_bytes = 64u << 10;
        Duration max_delay = std::chrono::milliseconds(1);
        size_t eager_in_flight = 16;  // below this the pipe counts as idle
    };
    // The batch that held events of these series was dropped.
    using OnDropped = std::function<void(std::span<const SeriesId> series, const Status& why)>;

    // `outbox` outlives it; OnRoom must be called when it has room.
    Lanes(Executor executor, Outbox& outbox, Config config, OnDropped on_dropped);

    // The lane of a subject, made at its first use.
    LaneId Find(const std::string& subject);

    // `instrument` stays where it is until the next Flush.
    void Add(
        LaneId lane, SeriesId series, const model::Instrument& instrument, const model::Event& event
    );
    // The end of a socket read: what may go, goes.
    void EndBurst();
    void OnRoom();
    // Everything, now.
    void Flush();

    // A claim about what was flushed before it.
    Status PutClaims(const std::string& subject, std::string_view batch) {
        return outbox_.Put(RecordKind::kClaim, subject, batch);
    }

  private:
    struct Lane {
        Lane(std::string text, const std::string& producer)
            : subject(std::move(text)), builder(producer) {}

        std::string subject;
        wire::BatchBuilder builder;
        std::vector<SeriesId> series;  // whose events it holds; may repeat
    };

    void FlushLane(Lane& lane);
    void Arm();

    Outbox& outbox_;
    const Config config_;
    const OnDropped on_dropped_;
    std::deque<Lane> lanes_;
    std::unordered_map<std::string, LaneId> by_subject_;
    std::vector<LaneId> dirty_;
    std::string batch_;
    asio::steady_timer timer_;
    bool armed_ = false;
};

}  // namespace mp::collector
