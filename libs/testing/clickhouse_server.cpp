#include "testing/clickhouse_server.hpp"

#include <csignal>
#include <filesystem>

#include "testing/eventually.hpp"
#include "testing/free_ports.hpp"

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

bool Answers(int port) {
    return Ask(port, "GET /ping HTTP/1.0\r\n\r\n").find(" 200 ") != std::string::npos;
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
                "</tcp_port><interserver_http_host>127.0.0.1</interserver_http_host>"
                "<interserver_http_port>" +
                std::to_string(interserver_port_) + "</interserver_http_port><path>" +
                folder("store") + "</path><tmp_path>" + folder("tmp") +
                "</tmp_path><format_schema_path>" + folder("formats") +
                "</format_schema_path><users_config>" + users +
                "</users_config><default_profile>default</default_profile>"
                "<default_database>default</default_database><timezone>UTC</timezone>"
                "<mark_cache_size>67108864</mark_cache_size>" +
                TlsConfig() + config_ + "</yandex>"
        )
        .string();
}

std::string ClickHouseServer::TlsConfig() const {
    if (certificate_file_.empty()) return "";
    return "<https_port>" + std::to_string(https_port_) +
           "</https_port><openSSL><server><certificateFile>" + certificate_file_ +
           "</certificateFile><privateKeyFile>" + key_file_ +
           "</privateKeyFile><verificationMode>none</verificationMode></server></openSSL>";
}

void ClickHouseServer::ChoosePorts() {
    if (http_port_ >= 0) return;
    const auto ports = FreePorts<4>();
    http_port_ = ports[0];
    tcp_port_ = ports[1];
    interserver_port_ = ports[2];
    https_port_ = ports[3];
}

Status ClickHouseServer::Start() {
    ChoosePorts();
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
