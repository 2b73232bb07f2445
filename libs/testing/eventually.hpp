#pragma once
// Waits in a test, from outside, for something that another process or thread will bring about.

#include <chrono>
#include <thread>

#include "base/deadline.hpp"
#include "base/duration.hpp"

namespace mp::testing {

// True as soon as `predicate()` holds, false when it does not within `limit`. The one place that
// polls: use events, channels and deadlines where the code under test can tell.
template <typename Predicate>
bool Eventually(Predicate predicate, Duration limit = std::chrono::seconds(10)) {
    const Deadline deadline = Deadline::After(limit);
    while (!predicate()) {
        if (deadline.Passed()) return predicate();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace mp::testing
