#pragma once
// Text as a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD, so the line stays
// JSON.

#include <string>
#include <string_view>

namespace mp::telemetry {

void AppendJsonString(std::string_view text, std::string& out);

}  // namespace mp::telemetry
