#include "rpc/channel.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

namespace mp::rpc {
namespace {

std::shared_ptr<grpc::ChannelCredentials> Credentials(const ChannelOptions& options) {
    if (options.tls == nullptr) return grpc::InsecureChannelCredentials();
    const tls::Material& own = *options.tls;
    return grpc::SslCredentials({own.ca, own.key, own.certificate});
}

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(
    const std::string& target, const ChannelOptions& options
) {
    grpc::ChannelArguments arguments;
    const auto set = [&](const char* name, std::chrono::milliseconds value) {
        arguments.SetInt(name, static_cast<int>(value.count()));
    };
    set(GRPC_ARG_KEEPALIVE_TIME_MS, options.keepalive_time);
    set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options.keepalive_timeout);
    set(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, options.min_reconnect);
    // Despite its name: how long a connection attempt may take.
    set(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, options.connect_timeout);
    set(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, options.max_reconnect);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    // A new channel to an address must not inherit the backoff of one whose server had died.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
    arguments.SetMaxSendMessageSize(static_cast<int>(options.max_message_bytes));
    if (options.tls != nullptr && !options.server_name.empty()) {
        arguments.SetSslTargetNameOverride(options.server_name);
    }
    return grpc::CreateCustomChannel(target, Credentials(options), arguments);
}

}  // namespace mp::rpc
