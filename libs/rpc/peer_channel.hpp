#pragma once
// The channel to one instance of a service of ours, made anew when certificates have changed: what
// is under way on the old one goes on. One thread's.

#include <grpcpp/channel.h>
#include <memory>
#include <string>

#include "rpc/channel.hpp"
#include "tls/credentials.hpp"

namespace mp::rpc {

class PeerChannel {
  public:
    // `service`: its name in the registry, which its certificate must carry, wherever it runs.
    // Plain where `tls` is null or has no certificate; `tls` outlives it.
    PeerChannel(std::string target, std::string service, const tls::Credentials* tls);

    // Another one than the last time after a change.
    const std::shared_ptr<grpc::Channel>& Get();

  private:
    const std::string target_;
    const std::string service_;
    const tls::Credentials* const tls_;
    std::shared_ptr<const tls::Material> material_;
    std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace mp::rpc
