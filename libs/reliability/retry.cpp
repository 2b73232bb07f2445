#include "reliability/retry.hpp"

#include <algorithm>

#include "reliability/retry_after.hpp"

namespace mp::reliability {

bool IsTransient(const Status& status) {
    switch (status.code()) {
        case StatusCode::kUnavailable:
        case StatusCode::kDeadlineExceeded:
        case StatusCode::kResourceExhausted:
        case StatusCode::kAborted:
            return true;
        default:
            return false;
    }
}

RetrySchedule::RetrySchedule(const RetryPolicy& policy, Deadline deadline)
    : policy_(policy), deadline_(deadline), backoff_(policy.backoff) {
    if (policy_.budget != nullptr) policy_.budget->OnCall();
}

std::optional<Duration> RetrySchedule::AfterFailure(const Status& status) {
    ++attempts_;
    if (policy_.max_attempts > 0 && attempts_ >= policy_.max_attempts) return std::nullopt;
    if (!policy_.retryable(status)) return std::nullopt;
    const Duration wait = std::max(backoff_.Next(), RetryAfterOf(status).value_or(Duration(0)));
    if (wait >= deadline_.Left()) return std::nullopt;
    if (policy_.budget != nullptr && !policy_.budget->TakeRetry()) return std::nullopt;
    return wait;
}

}  // namespace mp::reliability
