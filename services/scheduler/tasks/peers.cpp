#include "scheduler/tasks/peers.hpp"

#include <set>

#include "registry/instance.hpp"
#include "rpc/channel.hpp"

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
        const auto channel = ChannelTo(instance);
        if (!channel.ok()) return channel.status();
        clients.emplace_back(dispatcher_, *channel);
    }
    if (clients.empty()) return absl::UnavailableError("no collector lives");
    return clients;
}

Result<StorageClient> Peers::Storage() {
    const auto instance = directory_.Pick(registry::kStorage);
    if (!instance.ok()) return absl::UnavailableError(instance.status().message());
    const auto channel = ChannelTo(*instance);
    if (!channel.ok()) return channel.status();
    return StorageClient(dispatcher_, *channel);
}

Result<std::shared_ptr<grpc::Channel>> Peers::ChannelTo(const registry::Instance& instance) {
    const std::string target = TargetOf(instance);
    std::shared_ptr<grpc::Channel>& channel = channels_[target];
    if (channel) return channel;
    auto made = rpc::MakeChannel(target);
    if (!made.ok()) return made.status();
    channel = *std::move(made);
    return channel;
}

void Peers::ForgetTheDead() {
    std::set<std::string> alive;
    for (const registry::Instance& instance : directory_.All()) alive.insert(TargetOf(instance));
    std::erase_if(channels_, [&](const auto& entry) { return !alive.contains(entry.first); });
}

}  // namespace mp::scheduler
