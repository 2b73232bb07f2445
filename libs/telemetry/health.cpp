#include "telemetry/health.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "runtime/all_of.hpp"
#include "runtime/with_deadline.hpp"

namespace mp::telemetry {
namespace {

Task<Status> CallCheck(const Health::Check& check) {
    co_return check() ? OkStatus() : absl::FailedPreconditionError("check failed");
}

double Milliseconds(Duration duration) {
    const double exact = std::chrono::duration<double, std::milli>(duration).count();
    return std::round(exact * 1000) / 1000;
}

}  // namespace

std::string_view ToString(HealthStatus status) {
    switch (status) {
        case HealthStatus::kHealthy:
            return "healthy";
        case HealthStatus::kDegraded:
            return "degraded";
        case HealthStatus::kUnhealthy:
            break;
    }
    return "unhealthy";
}

std::string HealthReport::ToJson() const {
    nlohmann::ordered_json json;
    json["service"] = identity.service;
    json["instance"] = identity.instance;
    json["version"] = identity.version;
    json["grpc_port"] = identity.grpc_port;
    json["status"] = ToString(status);
    json["timestamp"] = FormatTime(timestamp);
    json["uptime_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(uptime).count();
    json["dependencies"] = nlohmann::ordered_json::object();
    for (const DependencyReport& dependency : dependencies) {
        nlohmann::ordered_json& entry = json["dependencies"][dependency.name];
        entry["status"] =
            ToString(dependency.status.ok() ? HealthStatus::kHealthy : HealthStatus::kUnhealthy);
        entry["latency_ms"] = Milliseconds(dependency.latency);
        if (!dependency.status.ok()) entry["error"] = dependency.status.ToString();
    }
    json["checks"] = nlohmann::ordered_json::object();
    for (const auto& [name, passed] : checks) json["checks"][name] = passed;
    // Error texts may hold foreign bytes.
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Health::Health(ServiceIdentity identity, Duration timeout, const Clock& clock)
    : identity_(std::move(identity)), timeout_(timeout), clock_(clock), started_(clock.Steady()) {}

void Health::AddDependency(std::string name, Dependency probe, Severity severity) {
    entries_.push_back({std::move(name), std::move(probe), severity, true});
}

void Health::AddCheck(std::string name, Check check, Severity severity) {
    auto probe = [check = std::move(check)] { return CallCheck(check); };
    entries_.push_back({std::move(name), std::move(probe), severity, false});
}

Task<Status> Health::Probe(const Entry& entry, Outcome& outcome) const {
    const auto start = std::chrono::steady_clock::now();
    try {
        const Deadline deadline = Deadline::After(timeout_);
        outcome.status = co_await runtime::WithDeadline(entry.probe(), deadline);
    } catch (const std::exception& thrown) {
        outcome.status = absl::InternalError(std::string("threw: ") + thrown.what());
    }
    outcome.latency = std::chrono::steady_clock::now() - start;
    // Where the caller itself was cancelled, the next await unwinds.
    co_return OkStatus();
}

Task<HealthReport> Health::Report() const {
    std::vector<Outcome> outcomes(entries_.size());
    std::vector<Task<Status>> probes;
    for (size_t i = 0; i < outcomes.size(); ++i) {
        probes.push_back(Probe(entries_[i], outcomes[i]));
    }
    (void)co_await runtime::AllOf(std::move(probes));
    HealthReport report;
    report.identity = identity_;
    report.timestamp = clock_.Now();
    report.uptime = Duration(clock_.Steady() - started_);
    for (size_t i = 0; i < outcomes.size(); ++i) {
        const auto& [name, probe, severity, is_dependency] = entries_[i];
        const bool passed = outcomes[i].status.ok();
        if (is_dependency) {
            report.dependencies.push_back({name, outcomes[i].status, outcomes[i].latency});
        } else {
            report.checks.emplace_back(name, passed);
        }
        if (passed || severity == Severity::kInforming) continue;
        const bool critical = severity == Severity::kCritical;
        report.status =
            std::max(report.status, critical ? HealthStatus::kUnhealthy : HealthStatus::kDegraded);
    }
    co_return report;
}

}  // namespace mp::telemetry
