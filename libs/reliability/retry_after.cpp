#include "reliability/retry_after.hpp"

#include <absl/strings/cord.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

namespace mp::reliability {
namespace {

constexpr char kPayload[] = "marketprism/retry-after-ns";

}  // namespace

Status WithRetryAfter(Status status, Duration wait) {
    status.SetPayload(kPayload, absl::Cord(absl::StrCat(wait.count())));
    return status;
}

std::optional<Duration> RetryAfterOf(const Status& status) {
    const auto payload = status.GetPayload(kPayload);
    int64_t nanos = 0;
    if (!payload || !absl::SimpleAtoi(std::string(*payload), &nanos)) return std::nullopt;
    return Duration(nanos);
}

}  // namespace mp::reliability
