#include "testing/redis_server.hpp"

#include <csignal>
#include <random>

#include "testing/eventually.hpp"
#include "testing/free_ports.hpp"

namespace mp::testing {
namespace {

constexpr std::chrono::seconds kStartLimit{20};
constexpr int kAttempts = 20;

// It cannot choose one by itself. Below those that the kernel gives to outgoing connections, so
// that none takes it while the server is down.
int AnyPort() {
    static std::minstd_rand random{std::random_device{}()};
    return std::uniform_int_distribution<int>(10000, 30000)(random);
}

// Whoever needs a password is told so, which is an answer too.
bool Answers(int port) {
    const std::string answer = Ask(port, "PING\r\n");
    return answer.starts_with("+PONG") || answer.starts_with("-NOAUTH");
}

}  // namespace

Status RedisServer::StartAt(int port) {
    ChildOptions options;
    options.program = "redis-server";
    options.arguments = {
        "--port",
        std::to_string(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        folder_.path().string()};
    options.arguments.insert(options.arguments.end(), arguments_.begin(), arguments_.end());
    options.output = folder_ / "log";
    process_.emplace(std::move(options));
    // What answers there may be somebody else's: ours says so itself first.
    const bool up = process_->WaitFor(
        [this, port] {
            return log().find("eady to accept connections") != std::string::npos && Answers(port);
        },
        kStartLimit
    );
    if (up) return OkStatus();
    return absl::UnavailableError("redis-server did not start: " + log());
}

Status RedisServer::Start() {
    if (port_ > 0) return StartAt(port_);
    Status started;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const int port = AnyPort();
        started = StartAt(port);
        if (!started.ok()) continue;  // the port is taken
        port_ = port;
        break;
    }
    return started;
}

void RedisServer::Kill() {
    if (process_) process_->Kill();
}

void RedisServer::Freeze() {
    process_->Signal(SIGSTOP);
    // The state follows the command's name in parentheses.
    const std::string file = "/proc/" + std::to_string(process_->pid()) + "/stat";
    (void)Eventually([&] { return ReadFile(file).find(") T ") != std::string::npos; });
}

void RedisServer::Thaw() {
    process_->Signal(SIGCONT);
}

}  // namespace mp::testing
