#include "tasks/payload.hpp"

#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace mp::tasks {
namespace {

constexpr uint64_t kMostCounted = 1'000'000;

}  // namespace

Result<Payload> Payload::Parse(const std::string& text) {
    const auto json = nlohmann::json::parse(text.empty() ? "{}" : text, nullptr, false);
    if (!json.is_object()) return absl::InvalidArgumentError("the payload is no JSON object");
    Payload payload;
    for (const auto& [name, value] : json.items()) {
        Member& member = payload.members_[name];
        member.json = value.dump();
        if (value.is_string()) member.text = value.get<std::string>();
        if (value.is_number_unsigned()) member.number = value.get<uint64_t>();
    }
    return payload;
}

std::optional<Payload::Member> Payload::Take(const std::string& name) {
    auto taken = members_.extract(name);
    if (taken.empty()) return std::nullopt;
    return std::move(taken.mapped());
}

void Payload::Wrong(const std::string& name, std::string_view why) {
    if (wrong_.ok()) wrong_ = absl::InvalidArgumentError(name + ": " + std::string(why));
}

Duration Payload::GetDuration(const std::string& name, Duration fallback) {
    const auto member = Take(name);
    if (!member) return fallback;
    if (!member->text) {
        Wrong(name, "must be a text such as \"30d\"");
        return fallback;
    }
    const Result<Duration> duration = ParseDuration(*member->text);
    if (!duration.ok()) Wrong(name, std::string(duration.status().message()));
    return duration.value_or(fallback);
}

uint32_t Payload::GetCount(const std::string& name, uint32_t fallback) {
    const auto member = Take(name);
    if (!member) return fallback;
    if (!member->number || *member->number > kMostCounted) {
        Wrong(name, "must be a whole number up to 1000000");
        return fallback;
    }
    return static_cast<uint32_t>(*member->number);
}

std::string Payload::GetText(const std::string& name, std::string fallback) {
    auto member = Take(name);
    if (!member) return fallback;
    if (!member->text || member->text->empty()) {
        Wrong(name, "must be a text that is not empty");
        return fallback;
    }
    return *std::move(member->text);
}

std::string Payload::GetJson(const std::string& name) {
    auto member = Take(name);
    return member ? std::move(member->json) : std::string();
}

Status Payload::Finish() const {
    if (!wrong_.ok() || members_.empty()) return wrong_;
    return absl::InvalidArgumentError(members_.begin()->first + ": unknown member of the payload");
}

Status CheckNoPayload(const std::string& text) {
    const Result<Payload> payload = Payload::Parse(text);
    return payload.ok() ? payload->Finish() : payload.status();
}

}  // namespace mp::tasks
