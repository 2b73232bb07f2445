#include "testing/free_ports.hpp"

#include <arpa/inet.h>
#include <random>
#include <set>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mutex.hpp"

namespace mp::testing {
namespace {

constexpr int kFirst = 10'000;
constexpr int kCount = 20'000;

bool IsFree(int port) {
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free = bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    close(probe);
    return free;
}

}  // namespace

int FreePort() {
    static Mutex mutex;
    static std::set<int> given;
    static std::mt19937 random{std::random_device{}()};
    const MutexLock lock(mutex);
    for (int attempt = 0; attempt < kCount; ++attempt) {
        const int port = kFirst + static_cast<int>(random() % kCount);
        if (!given.contains(port) && IsFree(port)) return *given.insert(port).first;
    }
    throw std::runtime_error("no port is free");
}

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
