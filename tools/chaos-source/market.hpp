#pragma once
// A market that never was, the same for the same seed: any event of it can be made again at any
// time, so a store can be compared with its source without keeping the source.

#include <cstdint>
#include <string>
#include <vector>

#include "model/event.hpp"
#include "model/instrument.hpp"

namespace mp::chaos {

class Market {
  public:
    // So many events of all series together, spread over three days.
    Market(uint64_t events, uint64_t seed);

    const std::vector<model::Series>& series() const { return series_; }
    uint64_t CountOf(size_t series) const;

    // The event that is `number` in the order of its series; valid until the next call.
    const model::Event& Make(size_t series, uint64_t number);
    // The market's event `number`, in the order in which it happens: which series, which event of
    // it.
    std::pair<size_t, uint64_t> Place(uint64_t number) const;

  private:
    model::Body BodyOf(model::DataType type, uint64_t number, uint64_t any);

    const uint64_t events_;
    const uint64_t seed_;
    std::vector<model::Series> series_;
    std::vector<size_t> slots_;           // series of the events of one round
    std::vector<uint64_t> slots_before_;  // of the same series, by slot
    std::vector<uint64_t> slots_of_;      // by series
    model::Event event_;
    std::vector<model::Level> levels_;
};

}  // namespace mp::chaos
