#pragma once
// One GET to a venue's REST API.

#include <cstdint>
#include <string>

namespace mp::collector {

struct RestCall {
    std::string endpoint;  // for metrics and the circuit breaker: the path
    std::string target;    // path and query
    int64_t weight = 1;
};

}  // namespace mp::collector
