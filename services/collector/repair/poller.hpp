#pragma once
// Asks venues about everything that is collected from them with one data type, a few instruments at
// a time. One executor's thread; lives as long as its Run.

#include <cstddef>
#include <vector>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "collector/feed/feed.hpp"
#include "collector/repair/history_output.hpp"
#include "marketprism/v1/collector.pb.h"
#include "runtime/task.hpp"

namespace mp::collector {

class Poller {
  public:
    // `output` outlives it. `period`: as Historian::Poll wants it.
    Poller(HistoryOutput& output, model::DataType type, Duration period, Deadline deadline)
        : output_(output), type_(type), period_(period), deadline_(deadline) {}

    // `feed` outlives it.
    void Add(Feed& feed);
    // What failed stands in the answer; the rest goes on.
    Task<Status> Run(marketprism::v1::PollResponse& response);

  private:
    struct Question {
        Feed* feed;
        Listing listing;
    };

    Task<Status> Ask(marketprism::v1::PollResponse& response);

    HistoryOutput& output_;
    const model::DataType type_;
    const Duration period_;
    const Deadline deadline_;
    std::vector<Question> questions_;
    size_t next_ = 0;
};

}  // namespace mp::collector
