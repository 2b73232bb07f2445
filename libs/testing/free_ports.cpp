#include "testing/free_ports.hpp"

#include <sys/time.h>

namespace mp::testing {

std::string Ask(int port, const std::string& question) {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer(4096, '\0');
    ssize_t size = -1;
    if (connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
        const timeval limit{.tv_sec = 2, .tv_usec = 0};
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        if (write(client, question.data(), question.size()) > 0) {
            size = recv(client, answer.data(), answer.size(), 0);
        }
    }
    close(client);
    answer.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return answer;
}

}  // namespace mp::testing
