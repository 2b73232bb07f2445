#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>

#include "exchange-sim/request_tally.hpp"

namespace mp::sim {

// Counts requests by key over a sliding window, as exchanges with a limit per address and endpoint
// do. One thread.
class RequestRate {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit RequestRate(RequestTally& tally) : tally_(tally) {}

    // False where this one is too many; refused ones do not count.
    bool Allow(
        const std::string& key, std::size_t limit, std::chrono::milliseconds window, TimePoint now
    ) {
        std::deque<TimePoint>& recent = recent_[key];
        while (!recent.empty() && now - recent.front() >= window) recent.pop_front();
        const bool allowed = recent.size() < limit;
        if (allowed) recent.push_back(now);
        tally_.Note(key, static_cast<double>(limit), static_cast<double>(recent.size()), !allowed);
        return allowed;
    }

  private:
    RequestTally& tally_;
    std::map<std::string, std::deque<TimePoint>> recent_;
};

}  // namespace mp::sim
