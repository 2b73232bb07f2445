#pragma once
// What one connection gave before the one that counts came so far: each event waits until its
// series has reached it. Bounded per series. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "collector/publish/lanes.hpp"
#include "collector/venues/frame_parser.hpp"
#include "model/event.hpp"

namespace mp::collector {

// As much of an event as proofs and books need: of an update of a book all of it, else its times.
struct EarlyEvent {
    ChainLink link;
    Nanos steady = 0;    // when it was received
    uint64_t after = 0;  // the newest number of its series that was known then
    model::Event event;  // views `bids` and `asks`
    std::vector<model::Level> bids;
    std::vector<model::Level> asks;
};

class EarlyEvents {
  public:
    // `max`: of one series; beyond it the oldest go.
    explicit EarlyEvents(size_t max = 10'000) : max_(max) {}

    // Of no series anything.
    bool empty() const { return kept_.empty(); }

    void Keep(
        SeriesId series,
        const ChainLink& link,
        const model::Event& event,
        Nanos steady,
        uint64_t after
    );
    // The oldest one of a series; null where there is none. Holds until the next call.
    const EarlyEvent* First(SeriesId series) const;
    // Takes away what First gave.
    EarlyEvent Take(SeriesId series);
    void Forget(SeriesId series) { kept_.erase(series); }

  private:
    size_t max_;
    std::unordered_map<SeriesId, std::deque<EarlyEvent>> kept_;  // never an empty queue
};

}  // namespace mp::collector
