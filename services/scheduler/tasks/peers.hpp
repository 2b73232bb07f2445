#pragma once
// The collectors and stores that the scheduler's own tasks talk to, as the registry lists them. One
// io_context thread; directory, dispatcher, registry of metrics and certificates outlive it.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "marketprism/v1/collector.grpc.pb.h"
#include "marketprism/v1/storage.grpc.pb.h"
#include "registry/directory.hpp"
#include "rpc/dispatcher.hpp"
#include "rpc/peer_channel.hpp"
#include "scheduler/tasks/peer.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::scheduler {

namespace pb = marketprism::v1;

using Collector = Peer<pb::CollectorService>;
using Storage = Peer<pb::StorageService>;

class Peers {
  public:
    // `tls`: certificates; null: calls are plain.
    Peers(
        registry::Directory& directory,
        const rpc::Dispatcher& dispatcher,
        telemetry::MetricRegistry& metrics,
        const tls::Credentials* tls = nullptr
    )
        : directory_(directory), dispatcher_(dispatcher), metrics_(metrics), tls_(tls) {}

    // `purpose`: what fails for one says nothing about the others. An instance that has come back
    // under another name starts afresh.

    // Every collector that lives and is not leaving; Unavailable where there is none.
    Result<std::vector<Collector>> Collectors(const std::string& purpose);
    Result<Storage> AStorage(const std::string& purpose);

  private:
    struct Known {
        rpc::PeerChannel channel;
        std::map<std::string, std::shared_ptr<PeerBreaker>> breakers;  // by purpose
    };

    template <class Service>
    Peer<Service> PeerOf(const registry::Instance& instance, const std::string& purpose);
    void ForgetTheDead();

    registry::Directory& directory_;
    const rpc::Dispatcher& dispatcher_;
    telemetry::MetricRegistry& metrics_;
    const tls::Credentials* const tls_;
    std::map<std::string, Known> known_;  // by instance and target
};

}  // namespace mp::scheduler
