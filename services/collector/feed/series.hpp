#pragma once
// One series that is collected: where its events go and what is known about them.

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "collector/coverage/series_tracker.hpp"
#include "collector/metrics.hpp"
#include "collector/publish/claim_writer.hpp"
#include "collector/publish/lanes.hpp"
#include "collector/venues/listing.hpp"
#include "reliability/watchdog.hpp"

namespace mp::collector {

class Link;

struct CollectedSeries {
    SeriesId id = 0;
    InstrumentId instrument = kNoInstrument;
    const model::Instrument* name = nullptr;  // stays where it is
    model::DataType type = model::DataType::kUnspecified;
    LaneId lane = 0;
    ClaimLaneId claims = 0;
    SeriesTracker tracker{{}};
    TypeMetrics metrics;

    Link* link = nullptr;  // null: not streamed (snapshots, metadata)
    std::vector<std::string> channels;
    std::optional<reliability::Watchdog::Channel> watch;
    std::string source;  // in claims: who vouches
    bool silent = false;

    uint64_t messages = 0;
    uint64_t gaps = 0;
    Nanos last_message = 0;
};

// All series of all feeds; they stay where they are.
class SeriesTable {
  public:
    CollectedSeries& Add() {
        CollectedSeries& series = series_.emplace_back();
        series.id = static_cast<SeriesId>(series_.size() - 1);
        return series;
    }
    CollectedSeries& at(SeriesId id) { return series_[id]; }

  private:
    std::deque<CollectedSeries> series_;
};

}  // namespace mp::collector
