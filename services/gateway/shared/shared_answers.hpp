#pragma once
// The second level of the answer cache: what one gateway has loaded, the others find in Redis. An
// optimisation: whatever goes wrong with it is counted and is nobody's error. One io_context
// thread.

#include <array>
#include <optional>
#include <string>

#include "base/duration.hpp"
#include "base/time.hpp"
#include "gateway/rest/answer.hpp"
#include "redis/connection.hpp"
#include "reliability/circuit_breaker.hpp"
#include "reliability/metrics.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

struct SharedAnswersConfig {
    Duration timeout = std::chrono::milliseconds(20);  // what is not there by then is loaded
    Duration ttl = std::chrono::hours(1);
    size_t max_bytes = 1 << 20;  // larger answers are not shared
};

class SharedAnswers {
  public:
    // All outlive it.
    SharedAnswers(
        redis::Connection& redis,
        SharedAnswersConfig config,
        telemetry::MetricRegistry& metrics,
        const Clock& clock = DefaultClock()
    );

    // The answer that a gateway of this version has left, or nothing; at the latest after
    // `timeout`, and at once while Redis is away or has been slow.
    Task<std::optional<Answer>> Find(std::string key);

    // Leaves an answer for the others, without waiting. Only what is complete and of the store
    // itself; the rest is left out.
    void Leave(const std::string& key, const Answer& answer);

  private:
    enum class Outcome {
        kHit,
        kMiss,
        kAway,
        kSkipped,
        kFailed,
        kUnreadable,
        kLeft,
        kTooLarge,
        kNotLeft
    };
    static constexpr size_t kOutcomes = 9;

    void Count(Outcome outcome) { outcomes_[static_cast<size_t>(outcome)].Add(); }

    redis::Connection& redis_;
    const SharedAnswersConfig config_;
    const std::string ttl_;  // in ms
    reliability::CircuitBreaker breaker_;
    reliability::Readings readings_;
    std::array<telemetry::Counter, kOutcomes> outcomes_;
};

}  // namespace mp::gateway
