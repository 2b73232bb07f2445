#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>

namespace mp::sim {

// Counts requests by key over a sliding window, as exchanges with a limit per address and endpoint
// do. One thread.
class RequestRate {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // False where this one is too many; refused ones do not count.
    bool Allow(
        const std::string& key, std::size_t limit, std::chrono::milliseconds window, TimePoint now
    ) {
        std::deque<TimePoint>& recent = recent_[key];
        while (!recent.empty() && now - recent.front() >= window) recent.pop_front();
        if (recent.size() >= limit) return false;
        recent.push_back(now);
        return true;
    }

  private:
    std::map<std::string, std::deque<TimePoint>> recent_;
};

}  // namespace mp::sim
