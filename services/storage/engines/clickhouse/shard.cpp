#include "storage/engines/clickhouse/shard.hpp"

#include <utility>

#include "storage/engines/clickhouse/migrator.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

ClientConfig ConfigOf(const ClientConfig& common, std::string url) {
    ClientConfig config = common;
    config.url = std::move(url);
    return config;
}

}  // namespace

Shard::Shard(
    const ClientConfig& common, ShardConfig config, std::string keeper_path, const Clock& clock
)
    : config_(std::move(config)),
      keeper_path_(std::move(keeper_path)),
      primary_(ConfigOf(common, config_.url)),
      prepared_(config_.replicas.size(), false) {
    for (const std::string& url : config_.replicas) {
        replicas_.push_back(std::make_unique<Replica>(ConfigOf(common, url), clock));
    }
}

// A server is known to the others by where it is.
Replication Shard::ReplicationOf(const std::string& url) const {
    if (!replicated()) return {};
    const size_t host = url.find("://");
    return {
        Concat(keeper_path_, "/", primary_.database(), "/", config_.name),
        host == std::string::npos ? url : url.substr(host + 3)};
}

Result<Features> Shard::Prepare() {
    return MigrateTo(primary_, kLatestSchema, ReplicationOf(config_.url));
}

Result<std::string> Shard::Read(std::string_view sql, uint64_t revision) const {
    const size_t turn = replicas_.empty() ? 0 : turn_.fetch_add(1, std::memory_order_relaxed);
    for (size_t i = 0; i < replicas_.size(); ++i) {
        const Replica& replica = *replicas_[(turn + i) % replicas_.size()];
        if (!replica.Has(revision)) continue;
        Result<std::string> answer = replica.Read(sql);
        if (answer.ok()) return answer;
    }
    return primary_.Query(sql);
}

const Client& Shard::Reader(uint64_t revision) const {
    const size_t turn = replicas_.empty() ? 0 : turn_.fetch_add(1, std::memory_order_relaxed);
    for (size_t i = 0; i < replicas_.size(); ++i) {
        const Replica& replica = *replicas_[(turn + i) % replicas_.size()];
        if (replica.Has(revision)) return replica.reader();
    }
    return primary_;
}

void Shard::Watch(uint64_t committed) {
    for (size_t i = 0; i < replicas_.size(); ++i) WatchReplica(i, committed);
}

void Shard::WatchReplica(size_t index, uint64_t committed) {
    Replica& replica = *replicas_[index];
    if (!prepared_[index]) {
        const auto migrated =
            MigrateTo(replica.prober(), kLatestSchema, ReplicationOf(replica.url()));
        if (!migrated.ok()) return replica.Failed(migrated.status());
        prepared_[index] = true;
    }
    std::optional<Checkpoint> fresh;
    if (replica.wants_checkpoint() && committed > 0) {
        Result<Checkpoint> taken = TakeCheckpoint(primary_, committed);
        if (taken.ok()) fresh = *std::move(taken);
    }
    // One that comes back may have lost what it had.
    prepared_[index] = replica.Look(fresh).ok();
}

void Shard::AddEndpoints(std::vector<EndpointState>& out) const {
    const auto add = [&](const Client& client, uint64_t failures) -> EndpointState& {
        const PoolStatistics pool = client.pool();
        EndpointState& state = out.emplace_back();
        state.shard = config_.name;
        state.url = client.url();
        state.connections = pool.in_use;
        state.opened = pool.opened;
        state.waits = pool.waits;
        state.refused = pool.refused;
        state.failures = failures;
        return state;
    };
    add(primary_, 0).role = EndpointRole::kPrimary;
    for (const auto& replica : replicas_) {
        EndpointState& state = add(replica->reader(), replica->failures());
        state.role = EndpointRole::kReplica;
        state.used = replica->Has(0);
        state.reads = replica->reads();
    }
}

Status Shard::Redundancy() const {
    std::string wrong;
    for (const auto& replica : replicas_) {
        const Status state = replica->state();
        if (!state.ok()) Append(wrong, wrong.empty() ? "" : "; ", std::string(state.message()));
    }
    return wrong.empty() ? OkStatus() : absl::UnavailableError(wrong);
}

void Shard::GiveUpAt(Deadline deadline) {
    primary_.GiveUpAt(deadline);
    for (const auto& replica : replicas_) replica->GiveUpAt(deadline);
}

}  // namespace mp::storage::clickhouse
