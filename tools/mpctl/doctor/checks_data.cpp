// What became of the data: room for it, gaps in it, what could not be read.

#include <algorithm>
#include <string>

#include "mpctl/commands/rows.hpp"
#include "mpctl/doctor/checks.hpp"
#include "mpctl/system/changes.hpp"
#include "mpctl/text/format.hpp"

namespace mp::mpctl {
namespace {

constexpr double kDaysWarning = 14;
constexpr double kDaysFailure = 3;
constexpr double kDaysShown = 9999;
constexpr double kSecondsADay = 86400;
constexpr double kFirstGuess = 600;  // seconds before growth means something

std::string Count(double count) {
    return FormatCount(static_cast<uint64_t>(count));
}

// How long a store's disk lasts at the rate since the store started.
struct DiskUse {
    double free = 0;
    double used = 0;
    double per_day = 0;  // 0: does not grow
    double watched = 0;  // seconds

    double days() const { return free / std::max(1.0, per_day); }
};

std::optional<DiskUse> DiskUseOf(const InstanceState& storage, Nanos now) {
    const Samples& metrics = storage.metrics;
    const auto free = metrics.Sum("marketprism_store_disk_free_bytes");
    const auto used = metrics.Sum("marketprism_store_disk_bytes");
    const auto rows = metrics.Sum("marketprism_store_rows");
    const auto started = metrics.Sum("process_start_time_seconds");
    if (!free || !used || !rows || !started) return std::nullopt;
    double stored = 0;
    for (const auto& [labels, count] : metrics.Of("marketprism_messages_total")) {
        // A claim that lengthens another one takes no room.
        const bool claim = LabelOf(labels, "data_type") == "coverage";
        if (LabelOf(labels, "status") == "stored" && !claim) stored += count;
    }
    DiskUse use{*free, *used, 0, static_cast<double>(now) / kSecond - *started};
    if (*rows < 1 || use.watched < 1) return use;
    const double a_row = *used / *rows;
    use.per_day = a_row * stored / use.watched * kSecondsADay;
    return use;
}

// What somebody deleted is missed by nobody.
bool IsMissed(const Json& gap) {
    const std::string reason = StringOf(gap, "reason");
    return reason != "retention" && reason != "deleted";
}

// A series that lists a gap, as `mpctl coverage` wants to be told of it.
std::string ExampleOf(const Evidence& evidence) {
    for (const Json& answer : evidence.coverage) {
        for (const Json& row : RowsOf(answer)) {
            const Json gaps = row.value("gaps", Json::array());
            if (std::any_of(gaps.begin(), gaps.end(), IsMissed)) {
                return TextOf(row, "symbol") + " -e " + TextOf(row, "exchange");
            }
        }
    }
    return "<symbol> -e <exchange>";
}

// As storage counts them, so that they are as many as in `top` and in the dashboards.
void CheckStoredGaps(const Evidence& evidence, Findings& findings) {
    const auto listed = Totals(evidence.newer, kStorageService, "marketprism_store_gaps");
    if (listed.empty()) return;
    double gaps = 0;
    for (const auto& [labels, count] : listed) gaps += count;
    if (gaps == 0) return findings.Ok("none");
    findings.Warn(
        Count(gaps) + (gaps == 1 ? " gap" : " gaps") + " in what is stored",
        "`mpctl coverage " + ExampleOf(evidence) + "` lists them with their reasons"
    );
}

// Letters about messages: every task that is given up has one as well, and is told of by itself.
double UnreadMessages(const Snapshot& snapshot) {
    double messages = 0;
    for (const InstanceState& state : snapshot.instances) {
        const double letters = state.metrics.Sum("marketprism_dead_letters_total").value_or(0);
        const double tasks = state.metrics.Sum("marketprism_tasks_dead_total").value_or(0);
        messages += std::max(0.0, letters - tasks);
    }
    return messages;
}

}  // namespace

std::vector<Finding> CheckDisk(const Evidence& evidence) {
    Findings findings("disk");
    for (const InstanceState& state : evidence.newer.instances) {
        if (state.service != kStorageService) continue;
        const auto use = DiskUseOf(state, evidence.newer.taken);
        if (!use) continue;
        std::string what = FormatBytes(use->free) + " free, " + FormatBytes(use->used) + " used";
        if (use->per_day <= 0) {
            findings.Ok(what + ", not growing");
            continue;
        }
        if (use->watched < kFirstGuess) {
            findings.Ok(what + ", growth is unknown so early (" + FormatAge(use->watched) + ")");
            continue;
        }
        const double days = use->days();
        what += ", " + (days > kDaysShown ? "more than " + Count(kDaysShown) : Count(days)) +
                " days left at " + FormatBytes(use->per_day) + " a day";
        findings.Add(
            Grade(-days, -kDaysWarning, -kDaysFailure),
            what,
            "make room, or let old data go: storage's `retention`, and `mpctl jobs run retention`"
        );
    }
    return findings.Take();
}

std::vector<Finding> CheckGaps(const Evidence& evidence) {
    Findings findings("gaps");
    double fresh = 0;
    const auto growth =
        Growth(evidence.older, evidence.newer, kCollectorService, "marketprism_gaps_total");
    for (const auto& [labels, count] : growth) fresh += count;
    if (fresh > 0) {
        const double seconds = SecondsBetween(evidence.older, evidence.newer);
        findings.Warn(
            Count(fresh) + " new gaps in " + FormatAge(seconds),
            "the collector's log names the reason; the network to the exchange is the usual one"
        );
    }
    CheckStoredGaps(evidence, findings);
    const double losses = SumOf(evidence.newer, kStorageService, "marketprism_stream_losses_total");
    if (losses > 0) {
        findings.Fail(
            "the broker lost messages before they were stored, " + Count(losses) + " times",
            "the gaps are listed; a broker with three replicas does not lose any"
        );
    }
    return findings.Take();
}

std::vector<Finding> CheckReconciliation(const Evidence& evidence) {
    Findings findings("accounts");
    const auto differences =
        Totals(evidence.newer, kStorageService, "marketprism_storage_reconciliation_difference");
    for (const auto& [labels, events] : differences) {
        if (events == 0) continue;
        findings.Fail(
            Count(events) + (events == 1 ? " event" : " events") + " of " +
                LabelOf(labels, "exchange") + " " + LabelOf(labels, "data_type") +
                " received and not accounted for",
            "a defect of storage: its log names the series (`storage.reconciliation`); "
            "docs/operations.md says what to do"
        );
    }
    if (findings.empty() && !differences.empty()) {
        findings.Ok("all that storage received is stored, known already or a dead letter");
    }
    return findings.Take();
}

std::vector<Finding> CheckDeadLetters(const Evidence& evidence) {
    Findings findings("dead letters");
    const double letters = UnreadMessages(evidence.newer);
    const double aside = SumOf(evidence.newer, "", "marketprism_batches_unpublishable_total");
    const size_t dead_tasks = RowsOf(evidence.dead_tasks).size();
    if (letters > 0) {
        findings.Warn(
            Count(letters) + " messages could not be read",
            "they are in the stream DEAD_LETTER; docs/operations.md says how their reasons are read"
        );
    }
    if (aside > 0) {
        findings.Fail(
            Count(aside) + " batches could never be published",
            "they are kept in a side file of the collector's spool"
        );
    }
    if (dead_tasks > 0) {
        findings.Warn(
            FormatCount(dead_tasks) + " tasks were given up",
            "`mpctl tasks list --status dead` shows their errors"
        );
    }
    if (findings.empty()) findings.Ok("none");
    return findings.Take();
}

}  // namespace mp::mpctl
