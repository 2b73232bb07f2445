#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

namespace mp::sim {

// What clients spent of each budget in the window in which they spent most, as the exchange counts
// it, and how many requests it refused: GET /sim/status shows it. One thread.
class RequestTally {
  public:
    struct Budget {
        double limit = 0;  // a window
        double most = 0;   // spent in one; may exceed the limit only by what was refused
        std::uint64_t refused = 0;
    };

    void Note(const std::string& name, double limit, double spent, bool refused) {
        Budget& budget = budgets_[name];
        budget.limit = limit;
        budget.most = std::max(budget.most, spent);
        if (refused) ++budget.refused;
    }

    const std::map<std::string, Budget>& budgets() const { return budgets_; }

  private:
    std::map<std::string, Budget> budgets_;
};

}  // namespace mp::sim
