#pragma once
// Reads the stored part of several series, one after the other, page by page: between two pages it
// holds nothing of the store's, however slowly its rows are taken. One io_context thread; the
// history outlives it.

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
    Task<Status> ReadPage();

    History& history_;
    std::deque<model::Series> left_;
    std::optional<Nanos> from_;  // of the series being read
    std::string cursor_;         // of its next page
    bool more_ = true;           // there may be one
    std::deque<std::string> page_;
};

}  // namespace mp::gateway
