#include "scheduler/tasks/peers.hpp"

#include <set>

#include "registry/instance.hpp"

namespace mp::scheduler {
namespace {

std::string TargetOf(const registry::Instance& instance) {
    return instance.host() + ":" + std::to_string(instance.grpc_port());
}

}  // namespace

Result<std::vector<CollectorClient>> Peers::Collectors() {
    ForgetTheDead();
    std::vector<CollectorClient> clients;
    for (const registry::Instance& instance : directory_.Instances(registry::kCollector)) {
        if (instance.draining()) continue;
        clients.emplace_back(dispatcher_, ChannelTo(instance));
    }
    if (clients.empty()) return absl::UnavailableError("no collector lives");
    return clients;
}

Result<StorageClient> Peers::Storage() {
    const auto instance = directory_.Pick(registry::kStorage);
    if (!instance.ok()) return absl::UnavailableError(instance.status().message());
    return StorageClient(dispatcher_, ChannelTo(*instance));
}

const std::shared_ptr<grpc::Channel>& Peers::ChannelTo(const registry::Instance& instance) {
    const std::string target = TargetOf(instance);
    const auto known = channels_.try_emplace(target, target, instance.service(), tls_).first;
    return known->second.Get();
}

void Peers::ForgetTheDead() {
    std::set<std::string> alive;
    for (const registry::Instance& instance : directory_.All()) alive.insert(TargetOf(instance));
    std::erase_if(channels_, [&](const auto& entry) { return !alive.contains(entry.first); });
}

}  // namespace mp::scheduler
