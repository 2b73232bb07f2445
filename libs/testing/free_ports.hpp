#pragma once
// Ports for servers that cannot be asked which one they took.

#include <array>
#include <cstddef>
#include <string>

namespace mp::testing {

// A port of loopback that nobody listens on now; none is given twice. Outside the range of which
// the kernel takes ports for connections: a server that is killed finds its own free again.
int FreePort();

template <size_t N>
std::array<int, N> FreePorts() {
    std::array<int, N> ports{};
    for (int& port : ports) port = FreePort();
    return ports;
}

// What a server of loopback says to `question`, its first bytes; empty: nothing within two seconds.
std::string Ask(int port, const std::string& question);

}  // namespace mp::testing
