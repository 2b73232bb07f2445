#include "reliability/retry_budget.hpp"

#include <algorithm>

namespace mp::reliability {

RetryBudget::RetryBudget(double per_call, double max)
    : per_call_(per_call), max_(max), stats_{.left = max} {}

void RetryBudget::OnCall() {
    MutexLock lock(mutex_);
    stats_.left = std::min(max_, stats_.left + per_call_);
}

bool RetryBudget::TakeRetry() {
    MutexLock lock(mutex_);
    if (stats_.left < 1) {
        ++stats_.refused;
        return false;
    }
    stats_.left -= 1;
    ++stats_.spent;
    return true;
}

RetryBudget::Stats RetryBudget::GetStats() const {
    MutexLock lock(mutex_);
    return stats_;
}

}  // namespace mp::reliability
