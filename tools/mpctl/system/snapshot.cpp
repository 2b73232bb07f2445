#include "mpctl/system/snapshot.hpp"

#include <absl/strings/numbers.h>
#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "runtime/all_of.hpp"

namespace mp::mpctl {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 3s;

int64_t NumberIn(const net::HttpHeaders& headers, std::string_view name) {
    int64_t number = -1;
    const auto text = headers.Get(name);
    if (!text || !absl::SimpleAtoi(absl::string_view(text->data(), text->size()), &number))
        return -1;
    return number;
}

InstanceState Listed(const Json& row) {
    InstanceState state;
    state.service = StringOf(row, "service");
    state.instance = StringOf(row, "instance");
    std::string host = StringOf(row, "host");
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    state.address = host + ":" + std::to_string(row.value("http_port", 0));
    state.version = StringOf(row, "version");
    state.draining = row.value("draining", false);
    return state;
}

// Gateways are asked as the one that we know; the others' port is plain unless tls.http says so.
std::string UrlOf(const Gateway& gateway, const InstanceState& state, const char* path) {
    const bool secure = gateway.secure() && state.service == "api-gateway-service";
    return (secure ? "https://" : "http://") + state.address + path;
}

Task<Status> AskHealth(Gateway& gateway, InstanceState& state, Deadline deadline) {
    const auto answer = co_await gateway.Fetch(UrlOf(gateway, state, "/health"), deadline);
    state.reached = answer.status();
    if (answer.ok()) {
        state.health = Json::parse(answer->body, nullptr, false);
        if (!state.health.is_object()) {
            state.health = nullptr;
            state.reached = absl::InternalError("its /health is no JSON object");
        }
    }
    co_return OkStatus();
}

Task<Status> AskMetrics(Gateway& gateway, InstanceState& state, Deadline deadline) {
    const auto answer = co_await gateway.Fetch(UrlOf(gateway, state, "/metrics"), deadline);
    if (answer.ok() && answer->status == 200) state.metrics = Samples::Parse(answer->body);
    co_return OkStatus();
}

}  // namespace

std::string InstanceState::State() const {
    if (!reached.ok()) return "unreachable";
    if (draining) return "draining";
    const std::string status = StringOf(health, "status");
    return status.empty() ? "unknown" : status;
}

std::vector<std::string> InstanceState::Complaints() const {
    std::vector<std::string> complaints;
    if (!reached.ok()) complaints.push_back(std::string(MessageOf(reached)));
    if (!health.is_object()) return complaints;
    const Json dependencies = health.value("dependencies", Json::object());
    for (const auto& [name, dependency] : dependencies.items()) {
        const std::string error = dependency.is_object() ? StringOf(dependency, "error") : "";
        if (!error.empty()) complaints.push_back(name + ": " + error);
    }
    const Json checks = health.value("checks", Json::object());
    for (const auto& [name, passed] : checks.items()) {
        if (passed.is_boolean() && !passed.get<bool>())
            complaints.push_back(name + ": check failed");
    }
    return complaints;
}

Task<Result<Snapshot>> TakeSnapshot(Gateway& gateway, const Clock& clock) {
    const Result<Answer> listed = co_await gateway.Get("/api/v1/services");
    if (!listed.ok()) co_return listed.status();
    Snapshot snapshot;
    snapshot.rate_limit = NumberIn(listed->headers, "X-RateLimit-Limit");
    snapshot.rate_limit_remaining = NumberIn(listed->headers, "X-RateLimit-Remaining");
    if (!listed->json.is_object()) co_return absl::InternalError("the list of services is no JSON");
    for (const Json& row : listed->json.value("data", Json::array())) {
        if (row.is_object()) snapshot.instances.push_back(Listed(row));
    }
    std::sort(
        snapshot.instances.begin(),
        snapshot.instances.end(),
        [](const InstanceState& a, const InstanceState& b) {
            return std::tie(a.service, a.instance) < std::tie(b.service, b.instance);
        }
    );
    const Deadline deadline = Deadline::After(kPatience);
    std::vector<Task<Status>> questions;
    for (InstanceState& state : snapshot.instances) {
        questions.push_back(AskHealth(gateway, state, deadline));
        questions.push_back(AskMetrics(gateway, state, deadline));
    }
    const Status asked = co_await runtime::AllOf(std::move(questions));
    if (!asked.ok()) co_return asked;
    snapshot.taken = clock.Now();
    snapshot.steady = clock.Steady();
    co_return snapshot;
}

}  // namespace mp::mpctl
