#include "telemetry/json_text.hpp"

#include <nlohmann/json.hpp>

namespace mp::telemetry {

void AppendJsonString(std::string_view text, std::string& out) {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace mp::telemetry
