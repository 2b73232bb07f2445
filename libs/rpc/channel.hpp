#pragma once
// Connections to other services.

#include <chrono>
#include <cstddef>
#include <grpcpp/channel.h>
#include <memory>
#include <string>

#include "tls/material.hpp"

namespace mp::rpc {

struct ChannelOptions {
    size_t max_message_bytes = 64u << 20;
    std::chrono::milliseconds keepalive_time = std::chrono::seconds{30};
    std::chrono::milliseconds keepalive_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{10};
    std::chrono::milliseconds min_reconnect = std::chrono::milliseconds{200};
    std::chrono::milliseconds max_reconnect = std::chrono::seconds{5};
    // TLS, with this certificate and trusting its CA (without one the system's); as they are now: a
    // channel keeps them for good. Null: plain.
    std::shared_ptr<const tls::Material> tls;
    std::string server_name;  // what the server's certificate must name; empty: the target's host
};

// Connects lazily and reconnects by itself. `target` is "host:port".
std::shared_ptr<grpc::Channel> MakeChannel(
    const std::string& target, const ChannelOptions& options = {}
);

}  // namespace mp::rpc
