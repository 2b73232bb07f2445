#pragma once
// Errors as values. A function returns a Status or throws, never both; only cancellation throws.

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <string>
#include <string_view>

namespace mp {

using Status = absl::Status;
using StatusCode = absl::StatusCode;

template <typename T>
using Result = absl::StatusOr<T>;

inline Status OkStatus() {
    return absl::OkStatus();
}

// The message as the standard's string_view (absl of this Debian has its own).
inline std::string_view MessageOf(const Status& status) {
    return {status.message().data(), status.message().size()};
}

// The same code with "context: " put before the message; OK stays OK.
inline Status Annotate(const Status& status, std::string_view context) {
    if (status.ok()) return status;
    return Status(status.code(), std::string(context) + ": " + std::string(status.message()));
}

}  // namespace mp

// Returns the status of `expression` from the enclosing function unless it is OK.
#define MP_RETURN_IF_ERROR(expression)                                                   \
    do {                                                                                 \
        if (::mp::Status mp_status_ = (expression); !mp_status_.ok()) return mp_status_; \
    } while (0)

// The same inside a coroutine.
#define MP_CO_RETURN_IF_ERROR(expression)                                                   \
    do {                                                                                    \
        if (::mp::Status mp_status_ = (expression); !mp_status_.ok()) co_return mp_status_; \
    } while (0)
