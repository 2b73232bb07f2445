#pragma once
// Opens the ClickHouse engine.

#include <functional>
#include <memory>
#include <string_view>

#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engine.hpp"
#include "storage/engines/clickhouse/client.hpp"
#include "storage/engines/clickhouse/topology.hpp"

namespace mp::storage {

struct ClickHouseConfig {
    clickhouse::ClientConfig server;
    // Without shards: the one server above, alone. With them its URL is not used.
    clickhouse::Topology topology;
};

// Succeeds while the server is away: calls then fail with Unavailable until it is there. Otherwise
// brings the database up to date, and reads what is known of its series. FailedPrecondition where a
// newer version made the database, PermissionDenied where the server lets nobody in.
Result<std::unique_ptr<Engine>> OpenClickHouseEngine(
    ClickHouseConfig config, const Clock& clock = DefaultClock()
);

}  // namespace mp::storage
