#pragma once
// Several blocking calls at once, for who waits for all of them.

#include <cstddef>
#include <functional>
#include <span>

#include "base/status.hpp"

namespace mp::storage::clickhouse {

// Does the jobs, at most `threads` of them at a time, the caller's thread included. OK, or the
// error of the first one, by its place, that failed; behind a failure no further job is begun.
Status InParallel(std::span<const std::function<Status()>> jobs, size_t threads);

}  // namespace mp::storage::clickhouse
