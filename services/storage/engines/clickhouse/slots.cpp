#include "storage/engines/clickhouse/slots.hpp"

#include <algorithm>
#include <chrono>

namespace mp::storage::clickhouse {

bool Slots::Take(Deadline deadline) {
    std::unique_lock lock(mutex_);
    if (taken_ >= limit_) {
        ++waits_;
        while (taken_ >= limit_) {
            const Deadline until = deadline.Earlier(give_up_);
            if (until.Passed()) {
                ++refused_;
                return false;
            }
            // A wait until the end of time overflows inside the library.
            const auto left =
                std::min<std::chrono::nanoseconds>(until.Left(), std::chrono::hours(1));
            free_.wait_for(lock, left);
        }
    }
    ++taken_;
    return true;
}

void Slots::Return() {
    {
        const std::lock_guard lock(mutex_);
        --taken_;
    }
    free_.notify_one();
}

void Slots::GiveUpAt(Deadline deadline) {
    {
        const std::lock_guard lock(mutex_);
        give_up_ = deadline;
    }
    free_.notify_all();
}

}  // namespace mp::storage::clickhouse
