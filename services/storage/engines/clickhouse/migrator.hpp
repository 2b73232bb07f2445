#pragma once
// Brings a database to a version of the schema, up or down, one step after the other. Whoever
// starts at the same time waits: a table of its own is the lock.

#include <cstdint>

#include "base/status.hpp"
#include "storage/engines/clickhouse/client.hpp"
#include "storage/engines/clickhouse/features.hpp"
#include "storage/engines/clickhouse/topology.hpp"

namespace mp::storage::clickhouse {

inline constexpr uint32_t kLatestSchema = 4;

// Makes the database where it is missing. FailedPrecondition where a newer version of storage
// made it, or where its tables are not replicated but should be; Unavailable where another one
// holds the lock for too long.
Result<Features> MigrateTo(
    const Client& client, uint32_t version, const Replication& replication = {}
);
// The version that the database is of; 0: empty.
Result<uint32_t> SchemaVersion(const Client& client);

}  // namespace mp::storage::clickhouse
