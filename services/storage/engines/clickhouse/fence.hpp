#pragma once
// Until when a writer may write: whoever holds a lease moves it on, and stops moving it in time.
// Thread-safe.

#include <atomic>

#include "base/deadline.hpp"

namespace mp::storage::clickhouse {

class Fence {
  public:
    void MoveTo(Deadline deadline) { until_ = deadline.time(); }
    Deadline until() const { return Deadline::At(until_); }

  private:
    std::atomic<Deadline::Clock::time_point> until_{Deadline::Never().time()};
};

}  // namespace mp::storage::clickhouse
