#pragma once
// Where a Redis is and how patient its client is.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "config/reader.hpp"
#include "reliability/backoff.hpp"

namespace mp::redis {

struct Address {
    std::string host;  // empty: none
    uint16_t port = 6379;
    bool secure = false;  // TLS
    std::string user;     // empty: the server's default user
    std::string password;
    uint32_t database = 0;

    // "host:port", brackets around IPv6: for logs and messages.
    std::string Name() const;
};

struct ConnectionConfig {
    Address address;
    Duration connect_timeout = std::chrono::seconds(5);
    // A server that leaves a command unanswered for so long is taken for gone.
    Duration silence_timeout = std::chrono::seconds(2);
    size_t max_outstanding = 4096;       // commands without an answer yet; beyond that refused
    size_t max_unsent_bytes = 16 << 20;  // likewise
    size_t max_reply_bytes = 64 << 20;   // more, and the connection is ended
    reliability::BackoffConfig reconnect{
        std::chrono::milliseconds(100),
        std::chrono::seconds(5),
        reliability::Jitter::kDecorrelated};

    bool configured() const { return !address.host.empty(); }
};

// redis[s]://[user][:password]@host[:port][/database], rediss over TLS; user and password may hold
// %XX. The error says what is wrong and never shows the password.
Result<Address> ParseUrl(std::string_view url);

// Section redis, as far as it is about the connection: url (empty: none) and password (instead of
// one in the URL).
void Read(config::Reader& section, ConnectionConfig* connection);

}  // namespace mp::redis
