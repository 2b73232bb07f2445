#include "rpc/channel.hpp"

#include <fstream>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <sstream>

namespace mp::rpc {
namespace {

Result<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const ChannelOptions& options) {
    if (!options.tls) return grpc::InsecureChannelCredentials();
    grpc::SslCredentialsOptions tls;
    if (!options.ca_file.empty()) {
        std::ifstream in(options.ca_file);
        std::stringstream text;
        text << in.rdbuf();
        tls.pem_root_certs = text.str();
        if (!in || tls.pem_root_certs.empty()) {
            return absl::InvalidArgumentError("cannot read \"" + options.ca_file + "\"");
        }
    }
    return grpc::SslCredentials(tls);
}

}  // namespace

Result<std::shared_ptr<grpc::Channel>> MakeChannel(
    const std::string& target, const ChannelOptions& options
) {
    const auto credentials = Credentials(options);
    if (!credentials.ok()) return credentials.status();
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
    return grpc::CreateCustomChannel(target, *credentials, arguments);
}

}  // namespace mp::rpc
