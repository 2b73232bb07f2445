#pragma once
// Connections to other services.

#include <chrono>
#include <cstddef>
#include <grpcpp/channel.h>
#include <memory>
#include <string>

#include "base/status.hpp"

namespace mp::rpc {

struct ChannelOptions {
    size_t max_message_bytes = 64u << 20;
    std::chrono::milliseconds keepalive_time = std::chrono::seconds{30};
    std::chrono::milliseconds keepalive_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds min_reconnect = std::chrono::milliseconds{200};
    std::chrono::milliseconds max_reconnect = std::chrono::seconds{5};
    bool tls = false;
    std::string ca_file;  // PEM; the system's CAs where empty
};

// Connects lazily and reconnects by itself. `target` is "host:port". Only an unreadable ca_file
// fails.
Result<std::shared_ptr<grpc::Channel>> MakeChannel(
    const std::string& target, const ChannelOptions& options = {}
);

}  // namespace mp::rpc
