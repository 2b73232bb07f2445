#pragma once
// The numbered steps that bring a database to the schema of this version, each with its way back.
// A step that was ever released never changes: a new one is added behind it.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/instrument.hpp"
#include "storage/engines/clickhouse/features.hpp"
#include "storage/engines/clickhouse/topology.hpp"

namespace mp::storage::clickhouse {

// Statements may be repeated: a step that was broken off is done again from its beginning.
struct Migration {
    uint32_t version = 0;
    std::string_view name;
    std::vector<std::string> up;
    std::vector<std::string> down;
};

// All steps, ascending from 1, in the dialect of a server with these features.
std::vector<Migration> Migrations(const Features& features, const Replication& replication = {});

// The tables that show the events of all shards, for who asks any one of them: the names of the
// views with "_all" behind them. Their cluster is one of the server's remote_servers.
std::vector<std::string> CreateTablesOverShards(
    std::string_view cluster, std::string_view database
);

// The text with its marks ("{database}") replaced.
std::string Replaced(
    std::string text, std::initializer_list<std::pair<std::string_view, std::string_view>> marks
);

// The table that holds the events of a type, every version of each, and the view without repeats.
std::string RowsTable(model::DataType type);
std::string_view ViewOf(model::DataType type);

}  // namespace mp::storage::clickhouse
