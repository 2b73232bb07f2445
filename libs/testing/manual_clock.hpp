#pragma once
// A clock that moves only when a test says so. Thread-safe.

#include <atomic>

#include "base/duration.hpp"
#include "base/time.hpp"

namespace mp::testing {

class ManualClock final : public Clock {
  public:
    // 2024-01-01T00:00:00Z, unless told otherwise.
    explicit ManualClock(Nanos now = 1'704'067'200 * kSecond) : now_(now) {}

    Nanos Now() const override { return now_ + wall_shift_; }
    Nanos Steady() const override { return now_; }

    // Moves both clocks on.
    void Advance(Duration duration) { now_ += duration.count(); }
    // Steps the wall clock alone, as an administrator or NTP would.
    void StepWall(Duration duration) { wall_shift_ += duration.count(); }

  private:
    std::atomic<Nanos> now_;
    std::atomic<Nanos> wall_shift_ = 0;
};

}  // namespace mp::testing
