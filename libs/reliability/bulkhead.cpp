#include "reliability/bulkhead.hpp"

#include <absl/strings/str_cat.h>

namespace mp::reliability {

// Leaves the line, or passes an unused slot on, however its coroutine ends.
struct Bulkhead::Waiter {
    explicit Waiter(Bulkhead& b) : bulkhead(b), at(b.line_.insert(b.line_.end(), this)) {}
    ~Waiter() {
        if (!granted.IsSet()) {
            bulkhead.line_.erase(at);
        } else if (!taken) {
            bulkhead.Leave();
        }
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Bulkhead& bulkhead;
    std::list<Waiter*>::iterator at;
    runtime::Event granted;
    bool taken = false;
};

Task<Result<Bulkhead::Slot>> Bulkhead::Enter(Deadline deadline) {
    if (stats_.running < config_.max_concurrent) {
        ++stats_.running;
        ++stats_.entered;
        co_return Slot(*this);
    }
    if (line_.size() >= config_.max_waiting) {
        ++stats_.refused;
        co_return absl::ResourceExhaustedError(
            absl::StrCat("bulkhead ", name_, " is full and so is its line")
        );
    }
    Waiter waiter(*this);
    const bool granted = co_await waiter.granted.Wait(deadline);
    if (!granted) {
        ++stats_.expired;
        co_return absl::DeadlineExceededError(
            absl::StrCat("bulkhead ", name_, " had no room in time")
        );
    }
    waiter.taken = true;
    ++stats_.entered;
    co_return Slot(*this);
}

// The slot goes straight to the first in line, so nobody who comes now can take it away.
void Bulkhead::Leave() {
    if (line_.empty()) {
        --stats_.running;
        return;
    }
    Waiter* const next = line_.front();
    line_.pop_front();
    next->granted.Set();
}

Bulkhead::Stats Bulkhead::GetStats() const {
    Stats stats = stats_;
    stats.waiting = line_.size();
    return stats;
}

}  // namespace mp::reliability
