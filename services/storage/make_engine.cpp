#include "storage/make_engine.hpp"

#include <string_view>
#include <utility>

#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

const telemetry::Logger kLog{"storage.engine"};

}  // namespace

Result<std::unique_ptr<Engine>> MakeEngine(
    const Config& config, const StorageMetrics& metrics, const tls::Credentials& tls
) {
    if (config.engine == "clickhouse") {
        ClickHouseConfig clickhouse = config.clickhouse;
        clickhouse.server.tls = &tls;
        return OpenClickHouseEngine(std::move(clickhouse));
    }
    RocksConfig rocksdb = config.rocksdb;
    rocksdb.on_warning = [](std::string_view line) { kLog.Warn("rocksdb", {{"line", line}}); };
    Result<std::unique_ptr<Engine>> engine = OpenRocksEngine(std::move(rocksdb));
    if (engine.ok() && !(*engine)->recovery().empty()) {
        kLog.Warn(
            "the log ended in damage, what stood behind it is dropped",
            {{"recovery", (*engine)->recovery()}}
        );
        metrics.Recovered();
    }
    return engine;
}

}  // namespace mp::storage
