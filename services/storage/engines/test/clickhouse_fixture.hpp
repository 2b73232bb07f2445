#pragma once
// Test only: the ClickHouse engine on real servers that all tests of the process share, each with a
// database of its own.

#include <memory>
#include <string>

#include "base/time.hpp"
#include "storage/engine.hpp"
#include "storage/engines/clickhouse/open.hpp"
#include "testing/clickhouse_server.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {

// Why there is none; null: there is one.
const char* NoClickHouse();
// The first or the second one. Started at the first call; throws where it does not start.
testing::ClickHouseServer& SharedClickHouse(size_t number = 0);

// A database named after the folder.
ClickHouseConfig ClickHouseOf(
    const testing::ClickHouseServer& server, const testing::TempDir& folder
);

// Throws where it cannot be opened.
std::unique_ptr<Engine> OpenClickHouse(const testing::TempDir& folder, const Clock& clock);
// On both servers, as the shards "a" and "b".
std::unique_ptr<Engine> OpenClickHouseShards(const testing::TempDir& folder, const Clock& clock);

}  // namespace mp::storage
