#pragma once
// The servers that a store is made of: shards, each with its replicas. A single server is a cluster
// of one shard. A thread of its own looks at the replicas.
//
// Thread-safe but for Prepare, which belongs to who holds the engine's write lock.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engines/clickhouse/lane.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/clickhouse/shard.hpp"
#include "storage/engines/clickhouse/topology.hpp"

namespace mp::storage::clickhouse {

class Cluster {
  public:
    // `common`: what all servers have in common; its URL is not used. The clock outlives it.
    Cluster(const ClientConfig& common, Topology topology, Lane lane, const Clock& clock);
    ~Cluster();
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    size_t size() const { return shards_.size(); }
    const Shard& At(size_t index) const { return *shards_[index]; }
    // Keeps the state of the store.
    const Shard& meta() const { return *shards_.front(); }
    // Null where its instrument lies nowhere yet.
    const Shard* Of(const SeriesState& series) const {
        const int shard = series.shard;
        return shard < 0 ? nullptr : shards_[static_cast<size_t>(shard)].get();
    }
    std::vector<std::string> names() const;
    // What of the store is written from here.
    const Lane& lane() const { return lane_; }

    // Brings all primaries up to date, and makes sure that each is the shard that it is taken for.
    // FailedPrecondition where not. The features are those of the first shard.
    Result<Features> Prepare();

    // Everything up to this revision is stored; replicas are looked at from the first one on.
    void Committed(uint64_t revision);

    std::vector<EndpointState> Endpoints() const;
    Status Redundancy() const;
    void GiveUpAt(Deadline deadline);

  private:
    Status PrepareShard(Shard& shard);
    Status Identify(const Shard& shard) const;
    Status MakeTablesOverShards(const Client& client) const;
    void Watch(const std::stop_token& stop);

    const Topology topology_;
    const Lane lane_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::atomic<uint64_t> committed_{0};
    std::mutex mutex_;  // of `wake_` alone
    std::condition_variable_any wake_;
    std::jthread watch_;  // last: it uses the rest
};

}  // namespace mp::storage::clickhouse
