#include "storage/engines/test/modern_clickhouse.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/hash.hpp"
#include "testing/child_process.hpp"
#include "testing/free_ports.hpp"

namespace mp::storage {
namespace {

constexpr std::chrono::seconds kStartLimit{60};

std::string Folder() {
    const char* const folder = std::getenv("MP_MODERN_CLICKHOUSE");
    return folder == nullptr ? "" : folder;
}

class Server {
  public:
    Server() : port_(testing::FreePort()), process_(Options()) {
        if (process_.WaitForOutput("listening", kStartLimit)) return;
        throw std::runtime_error("no current ClickHouse engine: " + process_.Output());
    }

    const std::string& url() const { return url_; }

  private:
    testing::ChildOptions Options() const {
        testing::ChildOptions options;
        options.program = "node";
        options.arguments = {
            std::string(std::getenv("MP_SOURCE_DIR")) + "/tests/support/modern_clickhouse.js",
            Folder(),
            std::to_string(port_),
            (folder_ / "store").string()};
        options.directory = folder_.path();
        options.output = folder_ / "log";
        return options;
    }

    const testing::TempDir folder_;
    const int port_;
    const std::string url_ = "http://127.0.0.1:" + std::to_string(port_);
    testing::ChildProcess process_;
};

}  // namespace

const char* NoModernClickHouse() {
    if (!Folder().empty() && std::filesystem::exists(Folder() + "/node_modules/chdb")) {
        return nullptr;
    }
    return "MP_MODERN_CLICKHOUSE names no folder with node_modules/chdb "
           "(tests/support/modern-clickhouse.sh makes one)";
}

const std::string& ModernClickHouseUrl() {
    static const Server server;
    return server.url();
}

ClickHouseConfig ModernClickHouseOf(const testing::TempDir& folder) {
    ClickHouseConfig config;
    config.server.url = ModernClickHouseUrl();
    config.server.database = "test_" + std::to_string(Fnv1a(folder.path().string()));
    return config;
}

std::unique_ptr<Engine> OpenModernClickHouse(const testing::TempDir& folder, const Clock& clock) {
    auto engine = OpenClickHouseEngine(ModernClickHouseOf(folder), clock);
    if (!engine.ok()) throw std::runtime_error(engine.status().ToString());
    return *std::move(engine);
}

}  // namespace mp::storage
