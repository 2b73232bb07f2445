// Who is there, how they feel, what their clocks show, and whether jobs run.

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "mpctl/commands/rows.hpp"
#include "mpctl/doctor/checks.hpp"
#include "mpctl/system/changes.hpp"
#include "mpctl/text/format.hpp"

namespace mp::mpctl {
namespace {

constexpr double kSkewWarning = 2;      // seconds between the clocks of machines
constexpr double kOffsetWarning = 0.5;  // seconds between us and a venue
constexpr double kOffsetFailure = 5;
constexpr double kReplay = 3600;  // more than this is no clock, it is a recording
constexpr Nanos kOverdue = 5 * 60 * kSecond;

std::string Joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
    return text;
}

std::string LogAdvice(const InstanceState& state) {
    static const std::map<std::string, std::string> kBinaries = {
        {kGatewayService, "mp-gateway"},
        {kCollectorService, "mp-collector"},
        {kStorageService, "mp-storage"},
        {kSchedulerService, "mp-scheduler"}};
    const auto binary = kBinaries.find(state.service);
    const std::string name = binary != kBinaries.end() ? binary->second : state.service;
    return "its log says more: .run/log/" + name + ".log after `make run`";
}

void CheckInstance(const InstanceState& state, Findings& findings) {
    const std::string how = state.State();
    const std::string why = Joined(state.Complaints());
    const std::string what =
        state.service + " (" + state.instance + ") is " + how + (why.empty() ? "" : ": " + why);
    if (how == "healthy") {
        findings.Ok(what);
    } else if (how == "draining") {
        findings.Warn(what, "it is stopping; another one should take over");
    } else if (how == "degraded") {
        findings.Warn(what, LogAdvice(state));
    } else if (how == "unreachable") {
        findings.Fail(
            what,
            "is http://" + state.address + " reachable from here? In a cluster run mpctl inside it"
        );
    } else {
        findings.Fail(what, LogAdvice(state));
    }
}

void CheckJob(const Json& job, Nanos now, Findings& findings) {
    const std::string id = TextOf(job, "id");
    if (job.value("paused", false)) {
        findings.Warn(id + " is paused", "`mpctl jobs resume " + id + "` lets it run");
    }
    const Result<Nanos> due = ParseTime(StringOf(job, "next_due_ts"));
    if (due.ok() && *due + kOverdue < now) {
        findings.Warn(id + " is overdue", "the scheduler's log says why it does not fire");
    }
}

}  // namespace

std::vector<Finding> CheckServices(const Evidence& evidence) {
    Findings findings("services");
    std::set<std::string> present;
    for (const InstanceState& state : evidence.newer.instances) {
        present.insert(state.service);
        CheckInstance(state, findings);
    }
    const std::pair<std::string, const char*> needed[] = {
        {kCollectorService, "nothing is collected: start mp-collector"},
        {kStorageService, "nothing is stored or answered from history: start mp-storage"},
        {kSchedulerService, "jobs do not run: start mp-scheduler"}};
    for (const auto& [service, advice] : needed) {
        if (present.count(service) == 0) findings.Fail(service + " is not registered", advice);
    }
    return findings.Take();
}

std::vector<Finding> CheckClocks(const Evidence& evidence) {
    Findings findings("clock");
    for (const InstanceState& state : evidence.newer.instances) {
        if (!state.health.is_object()) continue;
        const Result<Nanos> theirs = ParseTime(StringOf(state.health, "timestamp"));
        if (!theirs.ok()) continue;
        const double skew = std::abs(static_cast<double>(*theirs - evidence.newer.taken)) / kSecond;
        if (skew < kSkewWarning) continue;
        findings.Warn(
            "the clock of " + state.service + " differs from this one's by " + FormatAge(skew),
            "synchronise both machines (chrony, systemd-timesyncd)"
        );
    }
    const auto offsets = LargestBy(
        evidence.newer, kCollectorService, "marketprism_clock_offset_seconds", "exchange"
    );
    for (const auto& [exchange, offset] : offsets) {
        const double size = std::abs(offset);
        const std::string what = "receive time minus time of " + exchange + " is " +
                                 (offset < 0 ? "-" : "") + FormatLatency(size);
        if (size > kReplay) {
            findings.Ok(what + ": a recording is replayed");
        } else {
            findings.Add(
                Grade(size, kOffsetWarning, kOffsetFailure),
                what,
                "synchronise the collector's clock (chrony), or look at the network"
            );
        }
    }
    return findings.Take();
}

std::vector<Finding> CheckJobs(const Evidence& evidence) {
    Findings findings("jobs");
    if (!evidence.jobs.is_object()) {
        findings.Fail("the scheduler does not answer", "is mp-scheduler running?");
        return findings.Take();
    }
    const std::string leader = StringOf(evidence.jobs, "leader");
    if (leader.empty()) {
        findings.Fail(
            "no scheduler leads, so nothing fires",
            "a new leader is found within seconds; look at the schedulers' logs if not"
        );
    } else {
        findings.Ok("fired by " + leader);
    }
    for (const Json& job : RowsOf(evidence.jobs)) CheckJob(job, evidence.now, findings);
    return findings.Take();
}

}  // namespace mp::mpctl
