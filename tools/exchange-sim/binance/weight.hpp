#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "exchange-sim/request_tally.hpp"

namespace mp::sim::binance {

// Request weight per client address and calendar minute, with the exchange's reactions: 429 above
// the limit, 418 for those who do not stop. Time is passed in.
class WeightLimiter {
  public:
    enum class Verdict { kAllowed, kLimited, kBanned };

    struct Outcome {
        Verdict verdict = Verdict::kAllowed;
        int used = 0;
        int retry_after_s = 0;
        std::int64_t banned_until_ms = 0;
    };

    static constexpr int kRefusalsBeforeBan = 10;
    static constexpr int kBanSeconds = 120;

    WeightLimiter(std::string name, int limit, RequestTally& tally)
        : name_(std::move(name)), limit_(limit), tally_(tally) {}

    // Also told to the tally.
    Outcome Charge(const std::string& client, int weight, std::int64_t now_ms);
    int limit() const { return limit_; }

  private:
    Outcome Judge(const std::string& client, int weight, std::int64_t now_ms);

    struct Account {
        std::int64_t minute = 0;
        int used = 0;
        int refusals = 0;
        std::int64_t banned_until_ms = 0;
    };

    const std::string name_;
    const int limit_;
    RequestTally& tally_;
    std::map<std::string, Account> accounts_;
};

}  // namespace mp::sim::binance
