#include "scheduler/tasks/peers.hpp"

#include <set>
#include <utility>

#include "registry/instance.hpp"

namespace mp::scheduler {
namespace {

std::string TargetOf(const registry::Instance& instance) {
    return instance.host() + ":" + std::to_string(instance.grpc_port());
}

std::string KeyOf(const registry::Instance& instance) {
    return instance.instance() + "@" + TargetOf(instance);
}

}  // namespace

Result<std::vector<Collector>> Peers::Collectors(const std::string& purpose) {
    ForgetTheDead();
    std::vector<Collector> collectors;
    for (const registry::Instance& instance : directory_.Instances(registry::kCollector)) {
        if (instance.draining()) continue;
        collectors.push_back(PeerOf<pb::CollectorService>(instance, purpose));
    }
    if (collectors.empty()) return absl::UnavailableError("no collector lives");
    return collectors;
}

Result<Storage> Peers::AStorage(const std::string& purpose) {
    ForgetTheDead();
    const auto instance = directory_.Pick(registry::kStorage);
    if (!instance.ok()) return absl::UnavailableError(instance.status().message());
    return PeerOf<pb::StorageService>(*instance, purpose);
}

template <class Service>
Peer<Service> Peers::PeerOf(const registry::Instance& instance, const std::string& purpose) {
    const std::string key = KeyOf(instance);
    auto place = known_.find(key);
    if (place == known_.end()) {
        rpc::PeerChannel channel(TargetOf(instance), instance.service(), tls_);
        place = known_.emplace(key, Known{std::move(channel), {}}).first;
    }
    auto& [channel, breakers] = place->second;
    std::shared_ptr<PeerBreaker>& breaker = breakers[purpose];
    if (!breaker) breaker = std::make_shared<PeerBreaker>(key + " " + purpose, metrics_);
    return Peer<Service>({dispatcher_, channel.Get()}, breaker);
}

void Peers::ForgetTheDead() {
    std::set<std::string> alive;
    for (const registry::Instance& instance : directory_.All()) alive.insert(KeyOf(instance));
    std::erase_if(known_, [&](const auto& entry) { return !alive.contains(entry.first); });
}

}  // namespace mp::scheduler
