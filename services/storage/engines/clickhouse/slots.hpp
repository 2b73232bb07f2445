#pragma once
// How many calls may be under way at once: `limit`, further ones wait for their turn. Thread-safe.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/deadline.hpp"

namespace mp::storage::clickhouse {

class Slots {
  public:
    explicit Slots(size_t limit) : limit_(limit) {}

    // False where no slot became free in time, or the wait was broken off.
    bool Take(Deadline deadline);
    void Return();

    // From here on nobody waits beyond this, those who wait now included.
    void GiveUpAt(Deadline deadline);

    size_t taken() const { return taken_; }
    uint64_t waits() const { return waits_; }
    uint64_t refused() const { return refused_; }

  private:
    const size_t limit_;
    std::mutex mutex_;
    std::condition_variable free_;
    // Written under the mutex, read without.
    std::atomic<size_t> taken_{0};
    std::atomic<uint64_t> waits_{0};
    std::atomic<uint64_t> refused_{0};
    Deadline give_up_ = Deadline::Never();
};

}  // namespace mp::storage::clickhouse
