#pragma once
// Which servers a store is made of.

#include <chrono>
#include <string>
#include <vector>

namespace mp::storage::clickhouse {

// Servers that hold the same: the primary is written to, and is asked for what was written just
// now; the replicas answer queries. With replicas the tables are Replicated*, so the servers need a
// keeper.
struct ShardConfig {
    std::string name;
    std::string url;                    // of the primary
    std::vector<std::string> replicas;  // URLs
};

// How a server's tables belong to those of other servers; an empty path: they do not.
struct Replication {
    std::string path;     // in the keeper, of all tables of the shard
    std::string replica;  // this server among them
};

struct Topology {
    // At least one. The first one holds what is not an instrument's: the state of the store.
    std::vector<ShardConfig> shards;
    // As the servers' remote_servers name it, for tables over all shards; empty: none are made.
    std::string cluster;
    // Where the tables of all shards are kept in the keeper, with the database's name behind it.
    std::string keeper_path = "/marketprism";
    // How often replicas are looked at.
    std::chrono::milliseconds watch_every{1000};
};

}  // namespace mp::storage::clickhouse
