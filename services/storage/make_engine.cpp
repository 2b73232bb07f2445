#include "storage/make_engine.hpp"

#include <string_view>
#include <utility>

#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

const telemetry::Logger kLog{"storage.engine"};

Result<OpenedEngine> OpenClickHouse(const Config& config, const tls::Credentials& tls) {
    ClickHouseConfig clickhouse = config.clickhouse;
    clickhouse.server.tls = &tls;
    if (!config.shared) {
        auto engine = OpenClickHouseEngine(std::move(clickhouse));
        if (!engine.ok()) return engine.status();
        return OpenedEngine{*std::move(engine)};
    }
    auto engine = OpenSharedClickHouse(clickhouse, config.stream.shards);
    if (!engine.ok()) return engine.status();
    SharedEngine* const shared = engine->get();
    return OpenedEngine{*std::move(engine), shared};
}

}  // namespace

Result<OpenedEngine> MakeEngine(
    const Config& config, const StorageMetrics& metrics, const tls::Credentials& tls
) {
    if (config.engine == "clickhouse") return OpenClickHouse(config, tls);
    RocksConfig rocksdb = config.rocksdb;
    rocksdb.on_warning = [](std::string_view line) { kLog.Warn("rocksdb", {{"line", line}}); };
    Result<std::unique_ptr<Engine>> engine = OpenRocksEngine(std::move(rocksdb));
    if (!engine.ok()) return engine.status();
    if (!(*engine)->recovery().empty()) {
        kLog.Warn(
            "the log ended in damage, what stood behind it is dropped",
            {{"recovery", (*engine)->recovery()}}
        );
        metrics.Recovered();
    }
    return OpenedEngine{*std::move(engine)};
}

}  // namespace mp::storage
