#pragma once
// A point on the steady clock by which something must have happened. Made once at the edge
// (request, configured timeout) and handed down as the last parameter.

#include <algorithm>
#include <chrono>

namespace mp {

class Deadline {
  public:
    using Clock = std::chrono::steady_clock;

    static Deadline After(std::chrono::nanoseconds duration) {
        return Deadline(Clock::now() + std::chrono::duration_cast<Clock::duration>(duration));
    }
    // Never passes: for waits that only their owner's cancellation ends.
    static Deadline Never() { return Deadline(Clock::time_point::max()); }
    static Deadline At(Clock::time_point time) { return Deadline(time); }

    Clock::time_point time() const { return time_; }
    bool Passed() const { return Clock::now() >= time_; }
    // What is left, never negative.
    std::chrono::nanoseconds Left() const {
        return std::max(
            std::chrono::nanoseconds{0}, std::chrono::nanoseconds{time_ - Clock::now()}
        );
    }
    Deadline Earlier(Deadline other) const { return Deadline(std::min(time_, other.time_)); }

  private:
    explicit Deadline(Clock::time_point time) : time_(time) {}

    Clock::time_point time_;
};

}  // namespace mp
