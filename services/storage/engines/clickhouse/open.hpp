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
#include "storage/shared_engine.hpp"

namespace mp::storage {

struct ClickHouseConfig {
    clickhouse::ClientConfig server;
    // Without shards: the one server above, alone. With them its URL is not used.
    clickhouse::Topology topology;
};

// Succeeds while the server is away: calls then fail with Unavailable until it is there. Otherwise
// brings the database up to date, and reads what is known of its series. FailedPrecondition where a
// newer version made the database, PermissionDenied where the server lets nobody in.
// FailedPrecondition also where several instances have shared the store.
Result<std::unique_ptr<Engine>> OpenClickHouseEngine(
    ClickHouseConfig config, const Clock& clock = DefaultClock()
);

// For several instances; `lanes` is the stream's number of shards, and stays so: another one is
// FailedPrecondition. Takes up a store that one instance had.
Result<std::unique_ptr<SharedEngine>> OpenSharedClickHouse(
    const ClickHouseConfig& config, uint32_t lanes, const Clock& clock = DefaultClock()
);

}  // namespace mp::storage
