#include "reliability/gcra_limiter.hpp"

#include <algorithm>

namespace mp::reliability {
namespace {

// Time that one request of `cost` uses up; never none, however large the limit.
Nanos Spent(const RateLimit& rate, int64_t cost) {
    return std::max<Nanos>(1, rate.window.count() / rate.limit) * cost;
}

bool IsTighter(const RateDecision& a, const RateDecision& b) {
    if (a.allowed != b.allowed) return !a.allowed;
    return a.allowed ? a.remaining < b.remaining : a.retry_after > b.retry_after;
}

}  // namespace

GcraLimiter::GcraLimiter(size_t max_keys, const Clock& clock)
    : max_keys_(std::max<size_t>(1, max_keys)), clock_(clock) {}

RateDecision GcraLimiter::Check(std::string_view key, RateLimit rate, int64_t cost) {
    const RateLevel level{key, rate};
    return Check(std::span(&level, 1), cost);
}

RateDecision GcraLimiter::Check(std::span<const RateLevel> levels, int64_t cost) {
    MutexLock lock(mutex_);
    const Nanos now = clock_.Steady();
    RateDecision tightest;
    for (const RateLevel& level : levels) {
        const RateDecision decision = Weigh(level, cost, now);
        if (&level == levels.data() || IsTighter(decision, tightest)) tightest = decision;
    }
    if (!tightest.allowed) {
        ++stats_.refused;
        return tightest;
    }
    ++stats_.allowed;
    for (const RateLevel& level : levels) {
        Cell& cell = Touch(level.key);
        cell.full_at = std::max(cell.full_at, now) + Spent(level.rate, cost);
    }
    return tightest;
}

RateDecision GcraLimiter::Weigh(const RateLevel& level, int64_t cost, Nanos now) {
    const RateLimit& rate = level.rate;
    Nanos before = now;
    if (const auto found = index_.find(level.key); found != index_.end()) {
        // A refused key counts as used too: whoever keeps knocking is not forgotten.
        cells_.splice(cells_.begin(), cells_, found->second);
        before = std::max(found->second->full_at, now);
    }
    const Nanos after = before + Spent(rate, cost);
    const Nanos free = rate.window.count() - (after - now);

    RateDecision decision;
    decision.key = level.key;
    decision.limit = rate.limit;
    decision.allowed = free >= 0;
    const Nanos full_at = decision.allowed ? after : before;
    decision.remaining = std::max<Nanos>(0, rate.window.count() - (full_at - now)) / Spent(rate, 1);
    decision.remaining = std::min(decision.remaining, rate.limit);
    decision.reset = clock_.Now() + (full_at - now);
    decision.retry_after = Duration(decision.allowed ? 0 : -free);
    return decision;
}

GcraLimiter::Cell& GcraLimiter::Touch(std::string_view key) {
    if (const auto found = index_.find(key); found != index_.end()) return *found->second;
    if (cells_.size() >= max_keys_) Forget();
    cells_.push_front({std::string(key), 0});
    index_.emplace(cells_.front().key, cells_.begin());
    return cells_.front();
}

void GcraLimiter::Forget() {
    if (cells_.back().full_at > clock_.Steady()) ++stats_.forgotten;
    index_.erase(cells_.back().key);
    cells_.pop_back();
}

GcraLimiter::Stats GcraLimiter::GetStats() const {
    MutexLock lock(mutex_);
    Stats stats = stats_;
    stats.keys = cells_.size();
    return stats;
}

}  // namespace mp::reliability
