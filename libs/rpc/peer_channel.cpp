#include "rpc/peer_channel.hpp"

#include <utility>

namespace mp::rpc {

PeerChannel::PeerChannel(std::string target, std::string service, const tls::Credentials* tls)
    : target_(std::move(target)), service_(std::move(service)), tls_(tls) {}

const std::shared_ptr<grpc::Channel>& PeerChannel::Get() {
    const bool secure = tls_ != nullptr && tls_->serves();
    std::shared_ptr<const tls::Material> current = secure ? tls_->Current() : nullptr;
    if (channel_ != nullptr && current == material_) return channel_;
    ChannelOptions options;
    options.tls = current;
    options.server_name = service_;
    channel_ = MakeChannel(target_, options);
    material_ = std::move(current);
    return channel_;
}

}  // namespace mp::rpc
