#pragma once
// Reads the stored part of several series, one after the other. One io_context thread; the history
// outlives it.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "gateway/query/history.hpp"
#include "model/instrument.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class HistoryScan {
  public:
    HistoryScan(History& history, const std::vector<model::Series>& series)
        : history_(history), left_(series.begin(), series.end()) {}

    bool done() const { return left_.empty(); }
    // Whose chunks come now; not when done.
    const model::Series& series() const { return left_.front(); }

    // True: `chunk` is the next EventChunk of series(), whose events begin at `from` (asked for
    // when a series begins). False: that was all of it.
    Task<Result<bool>> Next(Nanos from, std::string& chunk);

  private:
    History& history_;
    std::deque<model::Series> left_;
    std::optional<EventStream> stream_;
};

}  // namespace mp::gateway
