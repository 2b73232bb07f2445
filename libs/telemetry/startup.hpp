#pragma once
// Logs as every main begins with them.

#include <string_view>

#include "base/status.hpp"
#include "config/service_config.hpp"

namespace mp::telemetry {

// Level and format as section log says.
void SetupLogging(const config::ServiceConfig& config);

// Logs why a service ends before it has begun; main's exit code.
int CannotStart(std::string_view logger, const Status& why);

}  // namespace mp::telemetry
