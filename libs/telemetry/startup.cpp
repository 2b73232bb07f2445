#include "telemetry/startup.hpp"

#include <string>

#include "telemetry/logging.hpp"

namespace mp::telemetry {

void SetupLogging(const config::ServiceConfig& config) {
    SetupLogging(
        ParseLogLevel(config.log_level).value(), ParseLogFormat(config.log_format).value()
    );
}

int CannotStart(std::string_view logger, const Status& why) {
    Logger(std::string(logger)).Critical("cannot start", {{"reason", why}});
    return 1;
}

}  // namespace mp::telemetry
