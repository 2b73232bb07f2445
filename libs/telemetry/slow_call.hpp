#pragma once
// Warns when its scope took longer than it should: "slow call name=... elapsed=1.23s". Works in
// coroutines as in functions.

#include <chrono>
#include <string_view>

#include "base/duration.hpp"
#include "telemetry/logging.hpp"

namespace mp::telemetry {

class SlowCall {
  public:
    // `logger` and `name` outlive the scope.
    SlowCall(const Logger& logger, std::string_view name, Duration limit = std::chrono::seconds(1))
        : logger_(logger), name_(name), limit_(limit) {}
    ~SlowCall();
    SlowCall(const SlowCall&) = delete;
    SlowCall& operator=(const SlowCall&) = delete;

  private:
    const Logger& logger_;
    std::string_view name_;
    Duration limit_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace mp::telemetry
