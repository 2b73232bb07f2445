#include "storage/engines/test/clickhouse_fixture.hpp"

#include <array>
#include <stdexcept>

#include "base/hash.hpp"

namespace mp::storage {

const char* NoClickHouse() {
    return testing::ClickHouseServer::Installed() ? nullptr : "no clickhouse-server is installed";
}

testing::ClickHouseServer& SharedClickHouse(size_t number) {
    static std::array<testing::ClickHouseServer, 2> servers;
    testing::ClickHouseServer& server = servers.at(number);
    if (!server.running()) {
        const Status started = server.Start();
        if (!started.ok()) throw std::runtime_error(started.ToString());
    }
    return server;
}

ClickHouseConfig ClickHouseOf(
    const testing::ClickHouseServer& server, const testing::TempDir& folder
) {
    ClickHouseConfig config;
    config.server.url = server.url();
    config.server.database = "test_" + std::to_string(Fnv1a(folder.path().string()));
    return config;
}

std::unique_ptr<Engine> OpenClickHouseShards(const testing::TempDir& folder, const Clock& clock) {
    ClickHouseConfig config = ClickHouseOf(SharedClickHouse(), folder);
    config.topology.shards = {
        {"a", SharedClickHouse(0).url(), {}}, {"b", SharedClickHouse(1).url(), {}}};
    auto engine = OpenClickHouseEngine(config, clock);
    if (!engine.ok()) throw std::runtime_error(engine.status().ToString());
    return *std::move(engine);
}

std::unique_ptr<Engine> OpenClickHouse(const testing::TempDir& folder, const Clock& clock) {
    auto engine = OpenClickHouseEngine(ClickHouseOf(SharedClickHouse(), folder), clock);
    if (!engine.ok()) throw std::runtime_error(engine.status().ToString());
    return *std::move(engine);
}

}  // namespace mp::storage
