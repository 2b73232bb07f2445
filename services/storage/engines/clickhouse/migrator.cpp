#include "storage/engines/clickhouse/migrator.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <unistd.h>

#include "base/deadline.hpp"
#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

using namespace std::chrono_literals;

constexpr auto kLockPatience = 20s;
constexpr auto kLockPoll = 100ms;
// A holder that died; steps may be repeated, so taking its place harms nobody.
constexpr int kLockSeconds = 60;

// Only one can make the table. Its name is not that of a step: it outlives none.
class SchemaLock {
  public:
    explicit SchemaLock(const Client& client) : client_(client) {}
    ~SchemaLock() {
        if (held_) (void)client_.Execute("DROP TABLE IF EXISTS schema_lock");
    }
    SchemaLock(const SchemaLock&) = delete;
    SchemaLock& operator=(const SchemaLock&) = delete;

    Status Take() {
        const Deadline deadline = Deadline::After(kLockPatience);
        for (;;) {
            const Status made = client_.Execute(Concat(
                "CREATE TABLE schema_lock ENGINE = TinyLog AS SELECT ", getpid(), " AS holder"
            ));
            held_ = made.ok();
            if (held_ || !absl::IsAlreadyExists(made)) return made;
            MP_RETURN_IF_ERROR(BreakStale());
            if (deadline.Passed()) {
                return absl::UnavailableError(
                    "another storage is migrating the database: table schema_lock"
                );
            }
            std::this_thread::sleep_for(kLockPoll);
        }
    }

  private:
    Status BreakStale() {
        const auto stale = client_.Rows(Concat(
            "SELECT name FROM system.tables WHERE database = '",
            client_.database(),
            "' AND name = 'schema_lock' AND metadata_modification_time < now() - ",
            kLockSeconds
        ));
        // The holder may drop it while the server makes the list.
        if (absl::IsNotFound(stale.status())) return OkStatus();
        if (!stale.ok() || stale->empty()) return stale.status();
        return client_.Execute("DROP TABLE IF EXISTS schema_lock");
    }

    const Client& client_;
    bool held_ = false;
};

// A table that others do not share must not be taken for one that they do.
Status CheckReplicated(const Client& client, uint32_t version, const Replication& replication) {
    if (version == 0 || replication.path.empty()) return OkStatus();
    const auto rows = client.Rows(Concat(
        "SELECT engine FROM system.tables WHERE name = 'state' AND database = '",
        client.database(),
        "'"
    ));
    if (!rows.ok()) return rows.status();
    if (!rows->empty() && rows->front().front().starts_with("Replicated")) return OkStatus();
    return absl::FailedPreconditionError(Concat(
        "the database ",
        client.database(),
        " at ",
        client.url(),
        " was made without replicas: its tables are not replicated (docs/operations.md)"
    ));
}

Status Record(const Client& client, uint32_t version) {
    return client.Execute(Concat(
        "INSERT INTO schema_versions SELECT toUInt64(count() + 1) AS step, toUInt32(",
        version,
        ") AS version, now() AS at FROM schema_versions"
    ));
}

}  // namespace

Result<uint32_t> SchemaVersion(const Client& client) {
    const auto rows = client.Rows("SELECT version FROM schema_versions ORDER BY step DESC LIMIT 1");
    if (absl::IsNotFound(rows.status())) return 0u;
    if (!rows.ok()) return rows.status();
    uint32_t version = 0;
    if (!rows->empty() && !ParseNumber(rows->front().front(), version)) {
        return absl::DataLossError("schema_versions holds no number");
    }
    return version;
}

Result<Features> MigrateTo(const Client& client, uint32_t version, const Replication& replication) {
    MP_RETURN_IF_ERROR(
        client.QueryServer(Concat("CREATE DATABASE IF NOT EXISTS ", client.database())).status()
    );
    Result<Features> features = DetectFeatures(client);
    if (!features.ok()) return features;
    // Most starts find everything done, and then need no lock.
    Result<uint32_t> current = SchemaVersion(client);
    if (!current.ok()) return current.status();
    MP_RETURN_IF_ERROR(CheckReplicated(client, *current, replication));
    if (*current == version) return features;

    SchemaLock lock(client);
    MP_RETURN_IF_ERROR(lock.Take());
    MP_RETURN_IF_ERROR(client.Execute(
        "CREATE TABLE IF NOT EXISTS schema_versions (step UInt64, version UInt32, at DateTime) "
        "ENGINE = MergeTree ORDER BY step"
    ));
    current = SchemaVersion(client);
    if (!current.ok()) return current.status();
    if (*current > kLatestSchema) {
        return absl::FailedPreconditionError(Concat(
            "the database ",
            client.database(),
            " is of schema ",
            *current,
            ", made by a newer version of storage; this one knows ",
            kLatestSchema
        ));
    }
    const auto migrations = Migrations(*features, replication);
    const auto run = [&](const std::vector<std::string>& statements) -> Status {
        for (const std::string& sql : statements) {
            MP_RETURN_IF_ERROR(client.Define(Replaced(sql, {{"{database}", client.database()}})));
        }
        return OkStatus();
    };
    while (*current < version) {
        MP_RETURN_IF_ERROR(run(migrations[*current].up));
        MP_RETURN_IF_ERROR(Record(client, ++*current));
    }
    while (*current > version) {
        MP_RETURN_IF_ERROR(run(migrations[*current - 1].down));
        MP_RETURN_IF_ERROR(Record(client, --*current));
    }
    return features;
}

}  // namespace mp::storage::clickhouse
