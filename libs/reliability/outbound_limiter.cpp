#include "reliability/outbound_limiter.hpp"

#include <absl/strings/str_cat.h>
#include <algorithm>
#include <optional>

#include "reliability/retry_after.hpp"

namespace mp::reliability {

// A place in the line, given up when its holder passes or leaves (refused, cancelled).
class OutboundLimiter::Place {
  public:
    Place(OutboundLimiter& limiter, int64_t weight) : limiter_(limiter) {
        MutexLock lock(limiter_.mutex_);
        if (limiter_.line_.size() >= limiter_.config_.max_waiting) return;
        at_ = limiter_.line_.insert(limiter_.line_.end(), weight);
    }
    ~Place() {
        MutexLock lock(limiter_.mutex_);
        Leave(limiter_.line_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    const std::optional<Line::iterator>& at() const { return at_; }
    void Leave(Line& line) {
        if (at_) line.erase(*at_);
        at_.reset();
    }

  private:
    OutboundLimiter& limiter_;
    std::optional<Line::iterator> at_;
};

OutboundLimiter::OutboundLimiter(Config config, const Clock& clock, Pause pause)
    : config_(config), clock_(clock), pause_(std::move(pause)) {}

Task<Status> OutboundLimiter::Acquire(int64_t weight, Deadline deadline) {
    if (weight > config_.limit) {
        co_return absl::InvalidArgumentError(
            absl::StrCat("a request of weight ", weight, " never fits a limit of ", config_.limit)
        );
    }
    Place place(*this, weight);
    if (!place.at()) {
        co_return Refused(
            absl::ResourceExhaustedError("too many requests wait for the outbound limit"),
            config_.window
        );
    }
    Duration wait = TryPass(place, false);
    while (wait.count() > 0) {
        if (wait > deadline.Left()) {
            co_return Refused(
                absl::DeadlineExceededError("no room in the outbound limit before the deadline"),
                wait
            );
        }
        co_await pause_(wait);
        wait = TryPass(place, true);
    }
    co_return OkStatus();
}

Status OutboundLimiter::Refused(Status status, Duration wait) {
    MutexLock lock(mutex_);
    ++stats_.refused;
    return WithRetryAfter(std::move(status), wait);
}

Duration OutboundLimiter::TryPass(Place& place, bool delayed) {
    MutexLock lock(mutex_);
    const Nanos now = clock_.Steady();
    // It must fit together with all who came before, so their room is never taken.
    int64_t sum = **place.at();
    for (auto it = line_.begin(); it != *place.at(); ++it) sum += *it;
    const Duration wait = WaitFor(now, std::min(sum, config_.limit));
    if (wait.count() > 0 || sum > config_.limit) {
        return std::max<Duration>(wait, std::chrono::milliseconds(1));
    }
    Spend(now, **place.at());
    stats_.delayed += delayed;
    place.Leave(line_);
    return Duration(0);
}

Duration OutboundLimiter::TryAcquire(int64_t weight) {
    MutexLock lock(mutex_);
    const Nanos now = clock_.Steady();
    int64_t sum = weight;
    for (const int64_t ahead : line_) sum += ahead;
    const Duration wait = WaitFor(now, std::min(sum, config_.limit));
    if (wait.count() > 0 || sum > config_.limit) {
        return std::max<Duration>(wait, std::chrono::milliseconds(1));
    }
    Spend(now, weight);
    return Duration(0);
}

void OutboundLimiter::ServerUsed(int64_t used) {
    MutexLock lock(mutex_);
    const Nanos now = clock_.Steady();
    Expire(now);
    if (used <= used_) return;
    spent_.push_back({now, used - used_});
    used_ = used;
}

void OutboundLimiter::BlockFor(Duration wait) {
    MutexLock lock(mutex_);
    ++stats_.blocks;
    blocked_until_ = std::max(blocked_until_, clock_.Steady() + wait.count());
}

OutboundLimiter::Stats OutboundLimiter::GetStats() const {
    MutexLock lock(mutex_);
    const Nanos now = clock_.Steady();
    Stats stats = stats_;
    for (const Spent& spent : spent_) {
        if (spent.at + config_.window.count() > now) stats.used += spent.weight;
    }
    stats.limit = config_.limit;
    stats.waiting = line_.size();
    stats.blocked_for = Duration(std::max<Nanos>(0, blocked_until_ - now));
    return stats;
}

void OutboundLimiter::Expire(Nanos now) {
    while (!spent_.empty() && spent_.front().at + config_.window.count() <= now) {
        used_ -= spent_.front().weight;
        spent_.pop_front();
    }
}

void OutboundLimiter::Spend(Nanos now, int64_t weight) {
    ++stats_.passed;
    if (weight == 0) return;
    spent_.push_back({now, weight});
    used_ += weight;
}

Duration OutboundLimiter::WaitFor(Nanos now, int64_t weight) {
    Expire(now);
    Nanos ready = std::max(now, blocked_until_);
    int64_t excess = used_ + weight - config_.limit;
    for (auto it = spent_.begin(); excess > 0 && it != spent_.end(); ++it) {
        excess -= it->weight;
        if (excess <= 0) ready = std::max(ready, it->at + config_.window.count());
    }
    return Duration(ready - now);
}

}  // namespace mp::reliability
