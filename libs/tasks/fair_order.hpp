#pragma once
// Which of several queues to take from next: each gets its share by weight, none is forgotten.
// Pure.

#include <array>
#include <cstddef>
#include <optional>

#include "tasks/task.hpp"

namespace mp::tasks {

// Critical, high, normal, low: of 15 tasks, when all four have some.
inline constexpr std::array<int, kPriorities.size()> kShares = {8, 4, 2, 1};

class FairOrder {
  public:
    // Index into kPriorities of the next to take, among those that `ready` marks; nothing when none
    // is.
    std::optional<size_t> Next(const std::array<bool, kPriorities.size()>& ready) {
        std::optional<size_t> best;
        int total = 0;
        for (size_t i = 0; i < kPriorities.size(); ++i) {
            if (!ready[i]) continue;
            credit_[i] += kShares[i];
            total += kShares[i];
            if (!best || credit_[i] > credit_[*best]) best = i;
        }
        if (best) credit_[*best] -= total;
        return best;
    }

  private:
    std::array<int, kPriorities.size()> credit_{};
};

}  // namespace mp::tasks
