#include "testing/clickhouse_server.hpp"

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <filesystem>
#include <sys/socket.h>
#include <unistd.h>

#include "testing/eventually.hpp"

namespace mp::testing {
namespace {

constexpr std::chrono::seconds kStartLimit{40};
constexpr std::chrono::seconds kStopLimit{20};

// Debian keeps it where users' paths do not look.
std::string FindServer() {
    for (const char* path : {"/usr/sbin/clickhouse-server", "/usr/bin/clickhouse-server"}) {
        if (std::filesystem::exists(path)) return path;
    }
    return "";
}

sockaddr_in Loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// Ports that nobody listens on now; held together, so that they differ.
template <size_t N>
std::array<int, N> FreePorts() {
    std::array<int, N> ports{}, sockets{};
    for (size_t i = 0; i < N; ++i) {
        sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = Loopback(0);
        socklen_t size = sizeof(address);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        if (bind(sockets[i], any, size) == 0 && getsockname(sockets[i], any, &size) == 0) {
            ports[i] = ntohs(address.sin_port);
        }
    }
    for (const int one : sockets) close(one);
    return ports;
}

bool Answers(int port) {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(port);
    std::string answer(256, '\0');
    ssize_t size = -1;
    if (connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
        const timeval limit{.tv_sec = 2, .tv_usec = 0};
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        const std::string ping = "GET /ping HTTP/1.0\r\n\r\n";
        if (write(client, ping.data(), ping.size()) > 0) {
            size = recv(client, answer.data(), answer.size(), 0);
        }
    }
    close(client);
    return size > 0 && answer.find(" 200 ") != std::string::npos;
}

}  // namespace

bool ClickHouseServer::Installed() {
    return !FindServer().empty();
}

std::string ClickHouseServer::WriteConfig() const {
    const auto folder = [this](const char* name) {
        std::filesystem::create_directories(folder_ / name);
        return (folder_ / name).string() + "/";
    };
    const std::string users = folder_.Write(
        "users.xml",
        "<yandex><profiles><default><max_threads>2</max_threads>" + profile_ +
            "</default></profiles><users><default><password></password><networks><ip>127.0.0.1"
            "</ip></networks><profile>default</profile><quota>default</quota></default></users>"
            "<quotas><default></default></quotas></yandex>"
    );
    return folder_
        .Write(
            "config.xml",
            "<yandex><logger><level>warning</level><console>1</console></logger>"
            "<listen_host>127.0.0.1</listen_host><http_port>" +
                std::to_string(http_port_) + "</http_port><tcp_port>" + std::to_string(tcp_port_) +
                "</tcp_port><path>" + folder("store") + "</path><tmp_path>" + folder("tmp") +
                "</tmp_path><format_schema_path>" + folder("formats") +
                "</format_schema_path><users_config>" + users +
                "</users_config><default_profile>default</default_profile>"
                "<default_database>default</default_database><timezone>UTC</timezone>"
                "<mark_cache_size>67108864</mark_cache_size>" +
                config_ + "</yandex>"
        )
        .string();
}

Status ClickHouseServer::Start() {
    if (http_port_ < 0) {
        const auto ports = FreePorts<2>();
        http_port_ = ports[0];
        tcp_port_ = ports[1];
    }
    ChildOptions options;
    options.program = FindServer();
    options.arguments = {"--config-file=" + WriteConfig()};
    options.directory = folder_.path();
    options.output = folder_ / "log";
    process_.emplace(std::move(options));
    const bool up = process_->WaitFor([this] { return Answers(http_port_); }, kStartLimit);
    if (up) return OkStatus();
    return absl::UnavailableError("clickhouse-server did not start: " + log());
}

void ClickHouseServer::Kill() {
    if (process_) process_->Kill();
}

void ClickHouseServer::Stop() {
    if (process_) process_->Terminate(kStopLimit);
}

void ClickHouseServer::Freeze() {
    process_->Signal(SIGSTOP);
    // The state follows the command's name in parentheses.
    const std::string file = "/proc/" + std::to_string(process_->pid()) + "/stat";
    (void)Eventually([&] { return ReadFile(file).find(") T ") != std::string::npos; });
}

void ClickHouseServer::Thaw() {
    process_->Signal(SIGCONT);
}

}  // namespace mp::testing
