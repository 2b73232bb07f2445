#pragma once
// The collectors and stores that the scheduler's own tasks talk to, as the registry lists them. One
// io_context thread; directory, dispatcher and certificates outlive it.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "marketprism/v1/collector.grpc.pb.h"
#include "marketprism/v1/storage.grpc.pb.h"
#include "registry/directory.hpp"
#include "rpc/client.hpp"
#include "rpc/peer_channel.hpp"

namespace mp::scheduler {

namespace pb = marketprism::v1;

using CollectorClient = rpc::Client<pb::CollectorService>;
using StorageClient = rpc::Client<pb::StorageService>;

class Peers {
  public:
    // `tls`: certificates; null: calls are plain.
    Peers(
        registry::Directory& directory,
        const rpc::Dispatcher& dispatcher,
        const tls::Credentials* tls = nullptr
    )
        : directory_(directory), dispatcher_(dispatcher), tls_(tls) {}

    // Of every collector that lives and is not leaving; Unavailable where there is none.
    Result<std::vector<CollectorClient>> Collectors();
    Result<StorageClient> Storage();

  private:
    const std::shared_ptr<grpc::Channel>& ChannelTo(const registry::Instance& instance);
    void ForgetTheDead();

    registry::Directory& directory_;
    const rpc::Dispatcher& dispatcher_;
    const tls::Credentials* const tls_;
    std::map<std::string, rpc::PeerChannel> channels_;  // by target
};

}  // namespace mp::scheduler
