#pragma once
// Test only: a current ClickHouse engine (tests/support/modern_clickhouse.js) that all tests of the
// process share. It answers one query at a time and keeps no settings apart: for the dialect, not
// for speed or faults.

#include <memory>
#include <string>

#include "base/time.hpp"
#include "storage/engine.hpp"
#include "storage/engines/clickhouse/open.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {

// Why there is none: MP_MODERN_CLICKHOUSE names no folder that holds node_modules/chdb. Null: there
// is one.
const char* NoModernClickHouse();

// Of the HTTP interface. Started at the first call; throws where it does not start.
const std::string& ModernClickHouseUrl();

// A database named after the folder.
ClickHouseConfig ModernClickHouseOf(const testing::TempDir& folder);
// Throws where it cannot be opened.
std::unique_ptr<Engine> OpenModernClickHouse(const testing::TempDir& folder, const Clock& clock);

}  // namespace mp::storage
