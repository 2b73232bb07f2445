#include "storage/engines/clickhouse/cluster.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/clickhouse/state.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {

Cluster::Cluster(const ClientConfig& common, Topology topology, Lane lane, const Clock& clock)
    : topology_(std::move(topology)), lane_(lane) {
    const bool several = topology_.shards.size() > 1;
    bool replicated = false;
    for (const ShardConfig& shard : topology_.shards) {
        ClientConfig config = common;
        config.shard = several ? shard.name : "";
        shards_.push_back(std::make_unique<Shard>(config, shard, topology_.keeper_path, clock));
        replicated = replicated || shards_.back()->replicated();
    }
    if (replicated) watch_ = std::jthread([this](const std::stop_token& stop) { Watch(stop); });
}

Cluster::~Cluster() {
    watch_.request_stop();
    GiveUpAt(Deadline::After(std::chrono::seconds(0)));
}

std::vector<std::string> Cluster::names() const {
    std::vector<std::string> names;
    for (const auto& shard : shards_) names.push_back(shard->name());
    return names;
}

Result<Features> Cluster::Prepare() {
    Result<Features> features = shards_.front()->Prepare();
    if (!features.ok()) return features;
    MP_RETURN_IF_ERROR(PrepareShard(*shards_.front()));
    for (size_t i = 1; i < shards_.size(); ++i) {
        MP_RETURN_IF_ERROR(shards_[i]->Prepare().status());
        MP_RETURN_IF_ERROR(PrepareShard(*shards_[i]));
    }
    return features;
}

Status Cluster::PrepareShard(Shard& shard) {
    MP_RETURN_IF_ERROR(Identify(shard));
    Result<TableTypes> types = ReadTableTypes(shard.primary());
    if (!types.ok()) return types.status();
    shard.set_types(*std::move(types));
    return topology_.cluster.empty() ? OkStatus() : MakeTablesOverShards(shard.primary());
}

// Shards that change places, or a store that becomes a part of another one, would hide what they
// hold: each server says which shard it is, and of which store.
Status Cluster::Identify(const Shard& shard) const {
    const Client& client = shard.primary();
    const auto rows = client.Rows(Concat(
        "SELECT kind, value FROM state WHERE kind IN ('",
        kind::kShard,
        "', '",
        kind::kPosition,
        "') ORDER BY kind DESC, revision DESC LIMIT 1 BY kind"
    ));
    if (!rows.ok()) return rows.status();
    const bool alone = shards_.size() == 1;
    const std::string self = Concat(shard.name(), " of ", meta().name());
    if (!rows->empty() && rows->front().front() == kind::kShard) {
        if (rows->front().back() == self) return OkStatus();
        return absl::FailedPreconditionError(Concat(
            "the database ",
            client.database(),
            " at ",
            client.url(),
            " is the shard ",
            rows->front().back(),
            ", not ",
            self,
            ": the first of clickhouse.shards stays the first, and none changes its name"
        ));
    }
    if (alone) return OkStatus();
    if (!rows->empty() && &shard != &meta()) {
        return absl::FailedPreconditionError(Concat(
            "the database ",
            client.database(),
            " at ",
            client.url(),
            " is a store of its own; only the first of clickhouse.shards may have been one"
        ));
    }
    return WriteState(client, {{std::string(kind::kShard), "", self, 0, false}}, 1);
}

Status Cluster::MakeTablesOverShards(const Client& client) const {
    const auto known = client.Rows(Concat(
        "SELECT DISTINCT cluster FROM system.clusters WHERE cluster = ", Literal(topology_.cluster)
    ));
    if (!known.ok()) return known.status();
    if (known->empty()) {
        return absl::FailedPreconditionError(Concat(
            "clickhouse.cluster: the server at ",
            client.url(),
            " has no cluster ",
            topology_.cluster,
            " in its remote_servers"
        ));
    }
    for (const std::string& sql : CreateTablesOverShards(topology_.cluster, client.database())) {
        MP_RETURN_IF_ERROR(client.Define(sql));
    }
    return OkStatus();
}

// A store that is still empty has a revision, too.
void Cluster::Committed(uint64_t revision) {
    committed_ = std::max<uint64_t>(revision, 1);
}

void Cluster::Watch(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        // Before that the primaries make the tables.
        const uint64_t committed = committed_;
        for (size_t i = 0; committed > 0 && i < shards_.size() && !stop.stop_requested(); ++i) {
            shards_[i]->Watch(committed);
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, topology_.watch_every, [] { return false; });
    }
}

std::vector<EndpointState> Cluster::Endpoints() const {
    std::vector<EndpointState> endpoints;
    for (const auto& shard : shards_) shard->AddEndpoints(endpoints);
    return endpoints;
}

Status Cluster::Redundancy() const {
    std::string wrong;
    for (const auto& shard : shards_) {
        const Status status = shard->Redundancy();
        if (status.ok()) continue;
        Append(wrong, wrong.empty() ? "" : "; ");
        if (shards_.size() > 1) Append(wrong, "shard ", shard->name(), ": ");
        Append(wrong, std::string(status.message()));
    }
    return wrong.empty() ? OkStatus() : absl::UnavailableError(wrong);
}

void Cluster::GiveUpAt(Deadline deadline) {
    for (const auto& shard : shards_) shard->GiveUpAt(deadline);
}

}  // namespace mp::storage::clickhouse
