#include "scheduler/tasks/payload.hpp"

namespace mp::scheduler {

Result<nlohmann::json> ParsePayload(const std::string& text) {
    auto json = nlohmann::json::parse(text.empty() ? "{}" : text, nullptr, false);
    if (!json.is_object()) return absl::InvalidArgumentError("the payload is no JSON object");
    return json;
}

Result<Duration> DurationIn(
    const nlohmann::json& payload, const std::string& name, Duration fallback
) {
    const auto member = payload.find(name);
    if (member == payload.end()) return fallback;
    if (!member->is_string()) return absl::InvalidArgumentError(name + ": must be a text");
    const Result<Duration> duration = ParseDuration(member->get<std::string>());
    if (!duration.ok()) return Annotate(duration.status(), name);
    return *duration;
}

Result<uint32_t> CountIn(
    const nlohmann::json& payload, const std::string& name, uint32_t fallback
) {
    const auto member = payload.find(name);
    if (member == payload.end()) return fallback;
    const bool fits = member->is_number_unsigned() && member->get<uint64_t>() <= 1'000'000;
    if (!fits) return absl::InvalidArgumentError(name + ": must be a number up to 1000000");
    return member->get<uint32_t>();
}

}  // namespace mp::scheduler
