#pragma once
// One part of the store: a primary, which takes all writes, and replicas, which help to answer
// queries. Thread-safe but for what says otherwise.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engine.hpp"
#include "storage/engines/clickhouse/client.hpp"
#include "storage/engines/clickhouse/features.hpp"
#include "storage/engines/clickhouse/replica.hpp"
#include "storage/engines/clickhouse/table_types.hpp"
#include "storage/engines/clickhouse/topology.hpp"

namespace mp::storage::clickhouse {

class Shard {
  public:
    // `common`: all but the URL. `keeper_path`: of the store. The clock outlives it.
    Shard(
        const ClientConfig& common, ShardConfig config, std::string keeper_path, const Clock& clock
    );

    const std::string& name() const { return config_.name; }
    bool replicated() const { return !replicas_.empty(); }
    const Client& primary() const { return primary_; }

    // What the query answers: from one replica after the other of those that are known to have all
    // that was changed up to this revision; where there is none, or it fails, from the primary.
    Result<std::string> Read(std::string_view sql, uint64_t revision) const;

    // One of those for several queries that must see the same; the primary where there is none.
    const Client& Reader(uint64_t revision) const;

    // Brings the primary up to date.
    Result<Features> Prepare();

    // How its tables are spelled. Under the engine's write lock.
    const TableTypes& types() const { return types_; }
    void set_types(TableTypes types) { types_ = std::move(types); }

    // Of the thread that watches: brings replicas up to date and looks how far they are.
    // `committed`: the store's last revision, or 0 while that is not known.
    void Watch(uint64_t committed);

    void AddEndpoints(std::vector<EndpointState>& out) const;
    // What is wrong with its replicas; OK: nothing, or it has none.
    Status Redundancy() const;
    void GiveUpAt(Deadline deadline);

  private:
    void WatchReplica(size_t index, uint64_t committed);
    Replication ReplicationOf(const std::string& url) const;

    const ShardConfig config_;
    const std::string keeper_path_;
    Client primary_;
    std::vector<std::unique_ptr<Replica>> replicas_;
    std::vector<bool> prepared_;  // by replica: it has the tables; of the thread that watches
    TableTypes types_;
    mutable std::atomic<size_t> turn_{0};
};

}  // namespace mp::storage::clickhouse
