#include "testing/nats_server.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <filesystem>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "testing/eventually.hpp"
#include "testing/free_ports.hpp"

namespace mp::testing {
namespace {

constexpr std::chrono::seconds kStartLimit{20};
constexpr std::chrono::seconds kStopLimit{10};

// Debian keeps it where users' paths do not look.
std::string FindServer() {
    for (const char* path : {"/usr/sbin/nats-server", "/usr/local/bin/nats-server"}) {
        if (std::filesystem::exists(path)) return path;
    }
    return "nats-server";
}

int PortOf(const nlohmann::json& ports, const char* key) {
    const auto urls = ports.value(key, std::vector<std::string>());
    if (urls.empty()) return -1;
    return std::stoi(urls.front().substr(urls.front().rfind(':') + 1));
}

// The server greets with its abilities as soon as it takes clients.
bool GreetsWithJetStream(int port) {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string greeting(4096, '\0');
    ssize_t size = -1;
    if (connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
        const timeval limit{.tv_sec = 2, .tv_usec = 0};
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        size = recv(client, greeting.data(), greeting.size(), 0);
    }
    close(client);
    return size > 0 && greeting.find("\"jetstream\":true") != std::string::npos;
}

}  // namespace

std::string NatsServer::WriteConfig() const {
    const auto port = [](int known) { return std::to_string(known); };
    std::filesystem::create_directories(folder_ / "ports");
    return folder_
        .Write(
            "nats.conf",
            "listen: 127.0.0.1:" + port(port_) + "\nhttp: 127.0.0.1:" + port(monitor_port_) +
                "\nports_file_dir: \"" + (folder_ / "ports").string() +
                "\"\nmax_payload: " + std::to_string(options_.max_payload) +
                "\njetstream { store_dir: \"" + store() + "\" }\n" + options_.extra_config + "\n"
        )
        .string();
}

Status NatsServer::ReadPorts() {
    for (const auto& file : std::filesystem::directory_iterator(folder_ / "ports")) {
        const auto ports = nlohmann::json::parse(ReadFile(file.path()), nullptr, false);
        if (!ports.is_object()) continue;
        port_ = PortOf(ports, "nats");
        monitor_port_ = PortOf(ports, "monitoring");
        if (port_ > 0) return OkStatus();
    }
    return absl::UnavailableError("nats-server has not written its ports");
}

Status NatsServer::Start() {
    std::filesystem::remove_all(folder_ / "ports");
    if (port_ < 0) {
        port_ = FreePort();
        monitor_port_ = FreePort();
    }
    ChildOptions options;
    options.program = FindServer();
    options.arguments = {"-c", WriteConfig()};
    options.output = folder_ / "log";
    process_.emplace(std::move(options));
    const bool up = process_->WaitFor(
        [this] { return ReadPorts().ok() && GreetsWithJetStream(port_); }, kStartLimit
    );
    if (up) return OkStatus();
    return absl::UnavailableError("nats-server did not start: " + log());
}

void NatsServer::Kill() {
    if (process_) process_->Kill();
}

void NatsServer::Stop() {
    if (process_) process_->Terminate(kStopLimit);
}

void NatsServer::Freeze() {
    process_->Signal(SIGSTOP);
    // The state follows the command's name in parentheses.
    const std::string file = "/proc/" + std::to_string(process_->pid()) + "/stat";
    (void)Eventually([&] { return ReadFile(file).find(") T ") != std::string::npos; });
}

void NatsServer::Thaw() {
    process_->Signal(SIGCONT);
}

}  // namespace mp::testing
