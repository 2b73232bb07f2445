#include "reliability/gcra_limiter.hpp"

#include <algorithm>
#include <utility>

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
        Pay(Touch(level.key), level.rate, now, Spent(level.rate, cost));
    }
    return tightest;
}

void GcraLimiter::Link::PutBefore(Link& other) {
    next = &other;
    previous = std::exchange(other.previous, this);
    previous->next = this;
}

void GcraLimiter::Link::Leave() {
    next->previous = previous;
    previous->next = next;
    next = previous = this;
}

void GcraLimiter::Pay(Cell& cell, const RateLimit& rate, Nanos now, Nanos spent) {
    cell.full_at = std::max(cell.full_at, now) + spent;
    cell.charged += spent;
    cell.window = rate.window.count();
    if (cell.alone()) cell.PutBefore(charged_);
}

std::vector<GcraLimiter::Charge> GcraLimiter::TakeCharges(size_t max) {
    MutexLock lock(mutex_);
    const Nanos now = clock_.Steady();
    std::vector<Charge> taken;
    for (; max > 0 && !charged_.alone(); --max) {
        Cell& cell = static_cast<Cell&>(*charged_.next);
        cell.Leave();
        // What has been earned back meanwhile is nobody's business any more.
        const Nanos owed = std::min(std::exchange(cell.charged, 0), cell.full_at - now);
        if (owed > 0) taken.push_back({cell.key, Duration(owed), Duration(cell.window)});
    }
    return taken;
}

void GcraLimiter::Raise(std::string_view key, Nanos full_at) {
    MutexLock lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return;  // forgotten
    Cell& cell = *found->second;
    cell.full_at = std::max(cell.full_at, full_at + cell.charged);
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
    cells_.emplace_front().key = key;
    index_.emplace(cells_.front().key, cells_.begin());
    return cells_.front();
}

void GcraLimiter::Forget() {
    if (cells_.back().full_at > clock_.Steady()) ++stats_.forgotten;
    cells_.back().Leave();
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
