#pragma once
// What tasks are told, and how they tell it back: small JSON objects.

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/status.hpp"

namespace mp::scheduler {

// A JSON object; InvalidArgument otherwise. Empty text is {}.
Result<nlohmann::json> ParsePayload(const std::string& text);

// A member of a payload, `fallback` where it is not there; InvalidArgument names it.
Result<Duration> DurationIn(
    const nlohmann::json& payload, const std::string& name, Duration fallback
);
Result<uint32_t> CountIn(const nlohmann::json& payload, const std::string& name, uint32_t fallback);

}  // namespace mp::scheduler
