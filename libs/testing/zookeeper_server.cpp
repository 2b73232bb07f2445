#include "testing/zookeeper_server.hpp"

#include <chrono>
#include <filesystem>

#include "testing/free_ports.hpp"

namespace mp::testing {
namespace {

constexpr std::chrono::seconds kStartLimit{40};
// Debian's.
constexpr char kJava[] = "/usr/bin/java";
constexpr char kArchive[] = "/usr/share/java/zookeeper.jar";

}  // namespace

bool ZooKeeperServer::Installed() {
    return std::filesystem::exists(kJava) && std::filesystem::exists(kArchive);
}

Status ZooKeeperServer::Start() {
    if (port_ < 0) port_ = FreePorts<1>()[0];
    std::filesystem::create_directories(folder_ / "data");
    const std::string config =
        folder_
            .Write(
                "zoo.cfg",
                "tickTime=500\nclientPortAddress=127.0.0.1\nclientPort=" + std::to_string(port_) +
                    "\ndataDir=" + (folder_ / "data").string() +
                    "\nadmin.enableServer=false\n"
                    "4lw.commands.whitelist=srvr\n"
            )
            .string();
    ChildOptions options;
    options.program = kJava;
    options.arguments = {
        "-Xmx128m", "-cp", kArchive, "org.apache.zookeeper.server.ZooKeeperServerMain", config};
    options.directory = folder_.path();
    options.output = folder_ / "log";
    process_.emplace(std::move(options));
    // It answers before it takes clients.
    const auto serves = [this] { return Ask(port_, "srvr").find("Mode: ") != std::string::npos; };
    const bool up = process_->WaitFor(serves, kStartLimit);
    return up ? OkStatus() : absl::UnavailableError("zookeeper did not start: " + log());
}

void ZooKeeperServer::Kill() {
    if (process_) process_->Kill();
}

}  // namespace mp::testing
