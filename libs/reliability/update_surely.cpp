#include "reliability/update_surely.hpp"

namespace mp::reliability {
namespace {

constexpr Duration kRetryEvery = std::chrono::milliseconds(100);

}  // namespace

bool LeavesOpen(const Status& status) {
    return status.code() == StatusCode::kUnavailable ||
           status.code() == StatusCode::kDeadlineExceeded;
}

Task<Result<uint64_t>> UpdateSurely(
    KeyValue& bucket,
    std::string key,
    std::string value,
    uint64_t expected,
    Deadline deadline,
    Pause pause
) {
    for (bool repeated = false;; repeated = true) {
        Result<uint64_t> updated = co_await bucket.Update(key, value, expected);
        if (repeated && updated.status().code() == StatusCode::kAborted) {
            const Result<Entry> entry = co_await bucket.Get(key);
            if (entry.ok() && entry->value == value) co_return entry->revision;
            if (!entry.ok() && LeavesOpen(entry.status())) updated = entry.status();
        }
        if (!LeavesOpen(updated.status()) || deadline.Left() < kRetryEvery) co_return updated;
        co_await pause(kRetryEvery);
    }
}

}  // namespace mp::reliability
