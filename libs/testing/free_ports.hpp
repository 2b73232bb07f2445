#pragma once
// Ports for servers that cannot be asked which one they took.

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace mp::testing {

// Ports of loopback that nobody listens on now; held together, so that they differ.
template <size_t N>
std::array<int, N> FreePorts() {
    std::array<int, N> ports{}, sockets{};
    for (size_t i = 0; i < N; ++i) {
        sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (bind(sockets[i], any, size) == 0 && getsockname(sockets[i], any, &size) == 0) {
            ports[i] = ntohs(address.sin_port);
        }
    }
    for (const int one : sockets) close(one);
    return ports;
}

// What a server of loopback says to `question`, its first bytes; empty: nothing within two seconds.
std::string Ask(int port, const std::string& question);

}  // namespace mp::testing
