#include "mpctl/doctor/checks.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "mpctl/commands/rows.hpp"
#include "mpctl/system/changes.hpp"
#include "mpctl/text/format.hpp"

namespace mp::mpctl {
namespace {

constexpr double kSkewWarning = 2;      // seconds between the clocks of machines
constexpr double kOffsetWarning = 0.5;  // seconds between us and a venue
constexpr double kOffsetFailure = 5;
constexpr double kReplay = 3600;   // more than this is no clock, it is a recording
constexpr double kLagWarning = 1;  // seconds from socket to store
constexpr double kLagFailure = 10;
constexpr double kSpoolWarning = 64e6;  // bytes that wait for the broker
constexpr double kDaysWarning = 14;
constexpr double kDaysFailure = 3;
constexpr double kSecondsADay = 86400;
constexpr double kFirstGuess = 600;  // seconds before growth means something
constexpr Nanos kOverdue = 5 * 60 * kSecond;

Finding Ok(std::string area, std::string what) {
    return {Level::kOk, std::move(area), std::move(what), ""};
}

Finding Warning(std::string area, std::string what, std::string advice) {
    return {Level::kWarning, std::move(area), std::move(what), std::move(advice)};
}

Finding Failure(std::string area, std::string what, std::string advice) {
    return {Level::kFailure, std::move(area), std::move(what), std::move(advice)};
}

std::string Joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
    return text;
}

// The sum of a metric over the instances of one service.
double SumOf(const Snapshot& snapshot, const std::string& service, const std::string& name) {
    double sum = 0;
    for (const auto& [labels, value] : Totals(snapshot, service, name)) sum += value;
    return sum;
}

double SumOfAll(const Snapshot& snapshot, const std::string& name) {
    double sum = 0;
    for (const InstanceState& state : snapshot.instances) sum += state.metrics.SumOr(name, 0);
    return sum;
}

// The largest value of a gauge over all instances of a service, by one label.
std::map<std::string, double> LargestBy(
    const Snapshot& snapshot,
    const std::string& service,
    const std::string& name,
    const std::string& label
) {
    std::map<std::string, double> largest;
    for (const InstanceState& state : snapshot.instances) {
        if (state.service != service) continue;
        for (const auto& [labels, value] : state.metrics.Of(name)) {
            const auto [entry, added] = largest.emplace(LabelOf(labels, label), value);
            if (!added && std::abs(value) > std::abs(entry->second)) entry->second = value;
        }
    }
    return largest;
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

Finding CheckInstance(const InstanceState& state) {
    const std::string name = state.service + " (" + state.instance + ")";
    const std::string how = state.State();
    const std::string why = Joined(state.Complaints());
    const std::string what = name + " is " + how + (why.empty() ? "" : ": " + why);
    if (how == "healthy") return Ok("services", what);
    if (how == "draining")
        return Warning("services", what, "it is stopping; another one should take over");
    if (how == "degraded") return Warning("services", what, LogAdvice(state));
    if (how == "unreachable") {
        return Failure(
            "services",
            what,
            "is http://" + state.address + " reachable from here? In a cluster run mpctl inside it"
        );
    }
    return Failure("services", what, LogAdvice(state));
}

// Series that nobody can claim to be complete: they are made from others.
bool Derived(const Json& series) {
    const std::string type = StringOf(series, "data_type");
    return type == "book_snapshot" || type == "instrument" || type == "coverage";
}

}  // namespace

std::vector<Finding> CheckServices(const Evidence& evidence) {
    std::vector<Finding> findings;
    std::set<std::string> present;
    for (const InstanceState& state : evidence.newer.instances) {
        present.insert(state.service);
        findings.push_back(CheckInstance(state));
    }
    const std::pair<const char*, const char*> needed[] = {
        {kCollectorService, "nothing is collected: start mp-collector"},
        {kStorageService, "nothing is stored or answered from history: start mp-storage"},
        {kSchedulerService, "jobs do not run: start mp-scheduler"}};
    for (const auto& [service, advice] : needed) {
        if (present.count(service) != 0) continue;
        findings.push_back(Failure("services", std::string(service) + " is not registered", advice)
        );
    }
    return findings;
}

std::vector<Finding> CheckClocks(const Evidence& evidence) {
    std::vector<Finding> findings;
    for (const InstanceState& state : evidence.newer.instances) {
        if (!state.health.is_object()) continue;
        const Result<Nanos> theirs = ParseTime(StringOf(state.health, "timestamp"));
        if (!theirs.ok()) continue;
        const double skew = static_cast<double>(*theirs - evidence.newer.taken) / kSecond;
        if (std::abs(skew) < kSkewWarning) continue;
        findings.push_back(Warning(
            "clock",
            "the clock of " + state.service + " differs from this one's by " +
                FormatAge(std::abs(skew)),
            "synchronise both machines (chrony, systemd-timesyncd)"
        ));
    }
    for (const auto& [exchange, offset] : LargestBy(
             evidence.newer, kCollectorService, "marketprism_clock_offset_seconds", "exchange"
         )) {
        const double size = std::abs(offset);
        const std::string what = "receive time minus time of " + exchange + " is " +
                                 (offset < 0 ? "-" : "") + FormatLatency(size);
        if (size > kReplay) {
            findings.push_back(Ok("clock", what + ": a recording is replayed"));
        } else if (size > kOffsetFailure) {
            findings.push_back(Failure("clock", what, "synchronise the collector's clock (chrony)")
            );
        } else if (size > kOffsetWarning) {
            findings.push_back(
                Warning("clock", what, "synchronise the clock, or look at the network")
            );
        } else {
            findings.push_back(Ok("clock", what));
        }
    }
    return findings;
}

std::vector<Finding> CheckFeeds(const Evidence& evidence) {
    std::vector<Finding> findings;
    std::map<std::string, double> messages;
    for (const auto& [labels, count] :
         Growth(evidence.older, evidence.newer, kCollectorService, "marketprism_messages_total")) {
        if (LabelOf(labels, "status") == "ok") messages[LabelOf(labels, "exchange")] += count;
    }
    const double seconds = SecondsBetween(evidence.older, evidence.newer);
    const std::map<std::string, double> connected =
        LargestBy(evidence.newer, kCollectorService, "marketprism_connection_status", "exchange");
    for (const auto& [exchange, up] : connected) {
        const double rate = seconds > 0 ? messages[exchange] / seconds : 0;
        if (up < 1) {
            findings.push_back(Failure(
                "feeds",
                exchange + " is not connected",
                "it keeps trying; is the exchange up and reachable, and is its URL right?"
            ));
        } else if (rate == 0) {
            findings.push_back(Warning(
                "feeds",
                exchange + " is connected but sent nothing for " + FormatAge(seconds),
                "quiet markets do that; `mpctl doctor --seconds 60` looks longer"
            ));
        } else {
            findings.push_back(Ok("feeds", exchange + ": " + FormatRate(rate) + " messages/s"));
        }
    }
    for (const auto& [labels, count] :
         Growth(evidence.older, evidence.newer, kCollectorService, "marketprism_errors_total")) {
        if (count <= 0) continue;
        findings.push_back(Warning(
            "feeds",
            LabelOf(labels, "exchange") + ": " + FormatCount(static_cast<uint64_t>(count)) + " " +
                LabelOf(labels, "error_type") + " errors in " + FormatAge(seconds),
            "samples are in the dead letters, reasons in the collector's log"
        ));
    }
    return findings;
}

std::vector<Finding> CheckLag(const Evidence& evidence) {
    std::vector<Finding> findings;
    Histogram to_store;
    for (const auto& [labels, seen] : Observed(
             evidence.older, evidence.newer, kStorageService, "marketprism_socket_to_store_seconds"
         )) {
        to_store.Merge(seen);
    }
    if (const auto p99 = to_store.Quantile(0.99)) {
        const std::string what = "socket to store takes " + FormatLatency(*p99) + " at p99";
        const std::string advice = "storage does not keep up: look at its disk and CPU";
        if (*p99 > kLagFailure) {
            findings.push_back(Failure("lag", what, advice));
        } else if (*p99 > kLagWarning) {
            findings.push_back(Warning("lag", what, advice));
        } else {
            findings.push_back(Ok("lag", what));
        }
    }
    const double pending =
        SumOf(evidence.newer, kStorageService, "marketprism_consumer_pending_messages");
    if (pending > 10'000) {
        findings.push_back(Warning(
            "lag",
            FormatCount(static_cast<uint64_t>(pending)) + " batches wait in the broker",
            "storage is behind; it catches up when its disk can"
        ));
    }
    const double spool = SumOf(evidence.newer, kCollectorService, "marketprism_spool_bytes");
    if (spool > kSpoolWarning) {
        findings.push_back(Warning(
            "lag",
            FormatBytes(spool) + " wait in the collector's spool",
            "the broker does not take them: is it up, is its disk full?"
        ));
    }
    return findings;
}

std::vector<Finding> CheckDisk(const Evidence& evidence) {
    std::vector<Finding> findings;
    for (const InstanceState& state : evidence.newer.instances) {
        if (state.service != kStorageService) continue;
        const auto free = state.metrics.Sum("marketprism_store_disk_free_bytes");
        const auto used = state.metrics.Sum("marketprism_store_disk_bytes");
        const auto rows = state.metrics.Sum("marketprism_store_rows");
        const auto started = state.metrics.Sum("process_start_time_seconds");
        if (!free || !used || !rows || !started) continue;
        double stored = 0;
        for (const auto& [labels, count] : state.metrics.Of("marketprism_messages_total")) {
            if (LabelOf(labels, "status") == "stored") stored += count;
        }
        const double running = static_cast<double>(evidence.newer.taken) / kSecond - *started;
        const std::string room = FormatBytes(*free) + " free, " + FormatBytes(*used) + " used";
        // What a row takes on disk, times the rows a day at the rate since it started.
        if (stored <= 0 || running < 1 || *rows < 1) {
            findings.push_back(Ok("disk", room + ", not growing"));
            continue;
        }
        const bool early = running < kFirstGuess;
        const double per_day = *used / *rows * stored / running * kSecondsADay;
        const double days = *free / std::max(1.0, per_day);
        const std::string left =
            days > 9999 ? "more than 9,999" : FormatCount(static_cast<uint64_t>(days));
        const std::string basis = early ? ", a first guess after " + FormatAge(running) : "";
        const std::string what =
            room + ", " + left + " days left at " + FormatBytes(per_day) + " a day" + basis;
        const std::string advice =
            "make room, or let old data go: storage's `retention`, and `mpctl jobs run retention`";
        if (early) {
            findings.push_back(Ok("disk", what));
        } else if (days < kDaysFailure) {
            findings.push_back(Failure("disk", what, advice));
        } else if (days < kDaysWarning) {
            findings.push_back(Warning("disk", what, advice));
        } else {
            findings.push_back(Ok("disk", what));
        }
    }
    return findings;
}

std::vector<Finding> CheckGaps(const Evidence& evidence) {
    size_t series = 0;
    size_t gaps = 0;
    std::string example;
    for (const Json& answer : evidence.coverage) {
        for (const Json& row : RowsOf(answer)) {
            if (Derived(row)) continue;
            ++series;
            const size_t here = row.value("gaps", Json::array()).size();
            gaps += here;
            if (here > 0 && example.empty()) {
                example = TextOf(row, "symbol") + " -e " + TextOf(row, "exchange");
            }
        }
    }
    const double seconds = SecondsBetween(evidence.older, evidence.newer);
    double fresh = 0;
    for (const auto& [labels, count] :
         Growth(evidence.older, evidence.newer, kCollectorService, "marketprism_gaps_total")) {
        fresh += count;
    }
    std::vector<Finding> findings;
    if (fresh > 0) {
        findings.push_back(Warning(
            "gaps",
            FormatCount(static_cast<uint64_t>(fresh)) + " new gaps in " + FormatAge(seconds),
            "the collector's log names the reason; the network to the exchange is the usual one"
        ));
    }
    if (gaps > 0) {
        findings.push_back(Warning(
            "gaps",
            FormatCount(gaps) + (gaps == 1 ? " gap" : " gaps") + " in " + FormatCount(series) +
                " series",
            "`mpctl coverage " + example + "` lists them with their reasons"
        ));
    } else if (series > 0) {
        findings.push_back(Ok("gaps", "none in " + FormatCount(series) + " series"));
    }
    const double losses = SumOf(evidence.newer, kStorageService, "marketprism_stream_losses_total");
    if (losses > 0) {
        findings.push_back(Failure(
            "gaps",
            "the broker lost messages before they were stored, " +
                FormatCount(static_cast<uint64_t>(losses)) + " times",
            "the gaps are listed; a broker with three replicas does not lose any"
        ));
    }
    return findings;
}

std::vector<Finding> CheckDeadLetters(const Evidence& evidence) {
    std::vector<Finding> findings;
    const double letters = SumOfAll(evidence.newer, "marketprism_dead_letters_total");
    const double aside = SumOfAll(evidence.newer, "marketprism_batches_unpublishable_total");
    const size_t dead_tasks = RowsOf(evidence.dead_tasks).size();
    if (letters > 0) {
        findings.push_back(Warning(
            "dead letters",
            FormatCount(static_cast<uint64_t>(letters)) + " messages could not be read",
            "they are in the stream DEAD_LETTER with their reasons: `nats stream view DEAD_LETTER`"
        ));
    }
    if (aside > 0) {
        findings.push_back(Failure(
            "dead letters",
            FormatCount(static_cast<uint64_t>(aside)) + " batches could never be published",
            "they are kept in a side file of the collector's spool"
        ));
    }
    if (dead_tasks > 0) {
        findings.push_back(Warning(
            "dead letters",
            FormatCount(dead_tasks) + " tasks were given up",
            "`mpctl tasks list --status dead` shows their errors"
        ));
    }
    if (findings.empty()) findings.push_back(Ok("dead letters", "none"));
    return findings;
}

std::vector<Finding> CheckLimits(const Evidence& evidence) {
    std::vector<Finding> findings;
    const int64_t limit = evidence.newer.rate_limit;
    const int64_t left = evidence.newer.rate_limit_remaining;
    if (limit > 0 && left >= 0) {
        const std::string what = std::to_string(left) + " of " + std::to_string(limit) +
                                 " requests to the gateway left in this window";
        if (left * 10 < limit) {
            findings.push_back(Warning("limits", what, "slow down, or use a key: --key, MP_API_KEY")
            );
        } else {
            findings.push_back(Ok("limits", what));
        }
    }
    for (const InstanceState& state : evidence.newer.instances) {
        for (const auto& [labels, seconds] :
             state.metrics.Of("marketprism_outbound_blocked_seconds")) {
            if (seconds <= 0) continue;
            findings.push_back(Warning(
                "limits",
                "an exchange asked " + state.service + " to be silent for " + FormatAge(seconds),
                "it obeys; lower max_requests_per_minute of that venue if this comes again"
            ));
        }
        for (const char* name :
             {"marketprism_circuit_breaker_state", "marketprism_breaker_state"}) {
            for (const auto& [labels, value] : state.metrics.Of(name)) {
                if (value != 1) continue;
                std::string which;
                for (const auto& [label, text] : labels) which += (which.empty() ? "" : " ") + text;
                findings.push_back(Warning(
                    "limits",
                    "circuit breaker " + which + " of " + state.service + " is open",
                    "what it protects fails; it tries again by itself"
                ));
            }
        }
    }
    return findings;
}

std::vector<Finding> CheckJobs(const Evidence& evidence) {
    std::vector<Finding> findings;
    if (!evidence.jobs.is_object()) {
        findings.push_back(
            Failure("jobs", "the scheduler does not answer", "is mp-scheduler running?")
        );
        return findings;
    }
    const std::string leader = StringOf(evidence.jobs, "leader");
    if (leader.empty()) {
        findings.push_back(Failure(
            "jobs",
            "no scheduler leads, so nothing fires",
            "a new leader is found within seconds; look at the schedulers' logs if not"
        ));
    } else {
        findings.push_back(Ok("jobs", "fired by " + leader));
    }
    for (const Json& job : RowsOf(evidence.jobs)) {
        const std::string id = TextOf(job, "id");
        if (job.value("paused", false)) {
            findings.push_back(
                Warning("jobs", id + " is paused", "`mpctl jobs resume " + id + "` lets it run")
            );
        }
        const Result<Nanos> due = ParseTime(StringOf(job, "next_due_ts"));
        if (due.ok() && *due + kOverdue < evidence.now) {
            findings.push_back(
                Warning("jobs", id + " is overdue", "the scheduler's log says why it does not fire")
            );
        }
    }
    return findings;
}

std::vector<Finding> CheckAll(const Evidence& evidence) {
    std::vector<Finding> all;
    for (const auto check :
         {CheckServices,
          CheckClocks,
          CheckFeeds,
          CheckLag,
          CheckDisk,
          CheckGaps,
          CheckDeadLetters,
          CheckLimits,
          CheckJobs}) {
        for (Finding& finding : check(evidence)) all.push_back(std::move(finding));
    }
    return all;
}

}  // namespace mp::mpctl
