#pragma once
// Up to where the stream may be purged: what is committed, and has been for the keep window, so
// that live readers can resume; less than that where the stream takes too much room. Pure.

#include <cstdint>
#include <deque>

#include "base/duration.hpp"
#include "base/time.hpp"

namespace mp::storage {

class PurgePlan {
  public:
    struct Window {
        Duration keep = std::chrono::hours(1);  // messages younger than this stay
        // Unless there are more bytes than this, or three quarters of what the stream can hold: a
        // full stream refuses.
        uint64_t keep_bytes = 2ull << 30;
    };
    explicit PurgePlan(Window window) : window_(window) {}

    struct Stream {
        uint64_t first_sequence = 0;
        uint64_t messages = 0;
        uint64_t bytes = 0;
        uint64_t max_bytes = 0;  // 0: no limit
    };
    // Everything up to the result may go; 0: nothing. `floor`: everything up to it is committed.
    // `steady` never goes back.
    uint64_t Target(Nanos steady, uint64_t floor, const Stream& stream);

    // Another stream: what was noted means nothing any more.
    void Reset() { *this = PurgePlan(window_); }

  private:
    struct Noted {
        Nanos steady = 0;
        uint64_t floor = 0;
    };

    Window window_;
    std::deque<Noted> floors_;
    uint64_t old_enough_ = 0;
};

}  // namespace mp::storage
