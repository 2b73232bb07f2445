#pragma once
// How much a caller may ask: per user, per class of route, and all together. Thread-safe.

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "gateway/guard/caller.hpp"
#include "reliability/gcra_limiter.hpp"

namespace mp::gateway {

struct LimitsConfig {
    reliability::RateLimit anonymous{100, std::chrono::seconds(60)};
    reliability::RateLimit per_key{6'000, std::chrono::seconds(60)};
    reliability::RateLimit control{
        600, std::chrono::seconds(60)};  // of a user: requests that change something
    reliability::RateLimit global{600'000, std::chrono::seconds(60)};
};

class Limits {
  public:
    explicit Limits(LimitsConfig config, const Clock& clock = DefaultClock())
        : config_(std::make_shared<const LimitsConfig>(config)), limiter_(100'000, clock) {}

    // From the next request on; what callers have used up stays used up.
    void Set(const LimitsConfig& config) { config_ = std::make_shared<const LimitsConfig>(config); }

    reliability::RateDecision Check(const Caller& caller, bool changes_something);

    reliability::GcraLimiter& limiter() { return limiter_; }

  private:
    // Replaced as a whole while requests are being checked.
    std::atomic<std::shared_ptr<const LimitsConfig>> config_;
    reliability::GcraLimiter limiter_;
};

// ResourceExhausted with the time to wait.
Status RefusalOf(const reliability::RateDecision& decision);

}  // namespace mp::gateway
