#pragma once
// What the columns of a server's tables are, in its own words.

#include <array>
#include <vector>

#include "base/status.hpp"
#include "model/instrument.hpp"
#include "storage/engines/clickhouse/client.hpp"
#include "storage/engines/clickhouse/event_columns.hpp"

namespace mp::storage::clickhouse {

// How the server spells the types of the tables that are written to.
struct TableTypes {
    std::array<std::vector<ColumnType>, model::kDataTypes + 1> events;  // by data type
    std::vector<ColumnType> receipts;
};

Result<TableTypes> ReadTableTypes(const Client& client);

}  // namespace mp::storage::clickhouse
