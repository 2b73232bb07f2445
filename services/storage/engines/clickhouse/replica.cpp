#include "storage/engines/clickhouse/replica.hpp"

#include <algorithm>
#include <utility>

#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kProbeTimeout = 10s;
// A replica that is slower than this is named.
constexpr Nanos kPatience = 30 * kSecond;

// A query that waits for a replica in vain still has time for the primary.
ClientConfig ReaderOf(ClientConfig config) {
    config.request_timeout = std::max<std::chrono::milliseconds>(config.request_timeout / 3, 1ms);
    return config;
}

ClientConfig ProberOf(ClientConfig config) {
    config.request_timeout = std::min(config.request_timeout, kProbeTimeout);
    config.pool_size = 1;
    config.pool_overflow = 0;
    return config;
}

}  // namespace

// An empty log and one with a single entry look alike: only the latter has made a part.
Result<Checkpoint> TakeCheckpoint(const Client& primary, uint64_t revision) {
    const auto rows = primary.Rows(Concat(
        "SELECT table, log_max_index = 0 AND log_pointer = 0 AND table NOT IN (SELECT table FROM "
        "system.parts WHERE active AND database = '",
        primary.database(),
        "') ? -1 : toInt64(log_max_index), toInt64(toUInt32(now())), is_readonly "
        "FROM system.replicas WHERE database = '",
        primary.database(),
        "'"
    ));
    if (!rows.ok()) return rows.status();
    Checkpoint checkpoint;
    checkpoint.revision = revision;
    for (const auto& row : *rows) {
        int64_t index = 0;
        if (row.size() != 4 || !ParseNumber(row[1], index) ||
            !ParseNumber(row[2], checkpoint.taken_at)) {
            return absl::DataLossError("system.replicas does not parse");
        }
        if (row[3] != "0") return absl::UnavailableError("the primary's tables are read-only");
        checkpoint.log[row[0]] = index;
    }
    return checkpoint;
}

Replica::Replica(ClientConfig config, const Clock& clock)
    : reader_(ReaderOf(config)),
      prober_(ProberOf(config)),
      clock_(clock),
      state_(absl::UnavailableError("not looked at yet")),
      since_(clock.Now()) {}

Result<std::string> Replica::Read(std::string_view sql) const {
    Result<std::string> answer = reader_.Query(sql);
    if (answer.ok()) {
        ++reads_;
    } else {
        ++failures_;
        Failed(answer.status());
    }
    return answer;
}

Status Replica::Look(const std::optional<Checkpoint>& fresh) {
    if (!pending_ && fresh) {
        pending_ = fresh;
        pending_since_ = clock_.Now();
    }
    // Where the primary cannot be asked: what this one has, it keeps.
    Result<bool> reached = false;
    if (pending_) {
        reached = HasReached(*pending_);
    } else if (const Status alive = prober_.Query("SELECT 1").status(); !alive.ok()) {
        reached = alive;
    }
    if (!reached.ok()) {
        // It may come back without what it had.
        pending_.reset();
        Failed(reached.status());
        return reached.status();
    }
    if (*reached) {
        synced_ = pending_->revision;
        pending_.reset();
    }
    const bool slow = pending_ && clock_.Now() - pending_since_ > kPatience;
    Note(slow ? absl::UnavailableError("has not caught up") : OkStatus());
    return OkStatus();
}

// Entries that came after the checkpoint may be under way.
Result<bool> Replica::HasReached(const Checkpoint& checkpoint) const {
    const auto rows = prober_.Rows(Concat(
        "SELECT table, toInt64(log_pointer), is_readonly OR is_session_expired, "
        "inserts_in_queue, parts_to_check, toInt64(toUInt32(inserts_oldest_time)) "
        "FROM system.replicas WHERE database = '",
        prober_.database(),
        "'"
    ));
    if (!rows.ok()) return rows.status();
    size_t known_tables = 0;
    bool reached = true;
    for (const auto& row : *rows) {
        int64_t pointer = 0;
        int64_t waiting = 0;
        int64_t doubted = 0;
        int64_t oldest = 0;
        if (row.size() != 6 || !ParseNumber(row[1], pointer) || !ParseNumber(row[3], waiting) ||
            !ParseNumber(row[4], doubted) || !ParseNumber(row[5], oldest)) {
            return absl::DataLossError("system.replicas does not parse");
        }
        const auto known = checkpoint.log.find(row[0]);
        if (known == checkpoint.log.end()) continue;
        ++known_tables;
        reached = reached && row[2] == "0" && pointer > known->second && doubted == 0 &&
                  (waiting == 0 || oldest > checkpoint.taken_at);
    }
    if (known_tables < checkpoint.log.size()) {
        return absl::FailedPreconditionError("has not all tables of the primary");
    }
    return reached;
}

void Replica::Failed(const Status& status) const {
    synced_ = 0;
    Note(status);
}

void Replica::Note(const Status& status) const {
    const MutexLock lock(mutex_);
    if (status.ok() != state_.ok()) since_ = clock_.Now();
    state_ = status;
}

Status Replica::state() const {
    const MutexLock lock(mutex_);
    if (state_.ok()) return state_;
    return Status(
        state_.code(),
        Concat(
            "replica ",
            url(),
            ": ",
            std::string(state_.message()),
            " (since ",
            FormatTime(since_),
            ")"
        )
    );
}

void Replica::GiveUpAt(Deadline deadline) {
    reader_.GiveUpAt(deadline);
    prober_.GiveUpAt(deadline);
}

}  // namespace mp::storage::clickhouse
