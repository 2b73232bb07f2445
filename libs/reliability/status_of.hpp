#pragma once
// The status of either kind of answer, for templates over Status and Result<T>.

#include "base/status.hpp"

namespace mp::reliability {

inline const Status& StatusOf(const Status& status) {
    return status;
}

template <typename T>
const Status& StatusOf(const Result<T>& result) {
    return result.status();
}

}  // namespace mp::reliability
