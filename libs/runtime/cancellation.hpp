#pragma once
// Cancellation is the one thing that unwinds; everything else is a Status.

#include <exception>
#include <string_view>

#include <boost/system/error_code.hpp>

#include "base/status.hpp"

namespace mp::runtime {

// Throws what a cancelled Asio operation throws.
[[noreturn]] void ThrowCancelled();

// Whether `error` is the exception of a cancelled task.
bool IsCancelled(const std::exception_ptr& error);

// Throws if `code` says that the operation was cancelled. Call it first wherever error codes are
// turned into values.
void ThrowIfCancelled(const boost::system::error_code& code);

// "<what>: <message>" under the code that fits: refused, reset, unreachable, closed -> Unavailable;
// timed out -> DeadlineExceeded; aborted -> Cancelled; no such file -> NotFound; else Unknown.
Status ToStatus(const boost::system::error_code& code, std::string_view what);

}  // namespace mp::runtime
