#include "storage/engines/rocksdb/open.hpp"

#include <rocksdb/db.h>
#include <string>
#include <utility>
#include <vector>

#include "storage/engines/rocksdb/log.hpp"
#include "storage/engines/rocksdb/options.hpp"
#include "storage/engines/rocksdb/rocks_engine.hpp"
#include "storage/engines/rocksdb/schema.hpp"
#include "storage/engines/rocksdb/status.hpp"

namespace mp::storage {
namespace {

Status OpenError(const rocksdb::Status& status, const std::string& path) {
    if (status.IsIOError() && status.ToString().find("LOCK") != std::string::npos) {
        return absl::FailedPreconditionError(
            "another process has the store " + path + " open: stop it, or set another storage.path"
        );
    }
    return FromRocks(status, "opening the store " + path);
}

std::string Join(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : "; ") + line;
    return text;
}

}  // namespace

Result<std::unique_ptr<Engine>> OpenRocksEngine(RocksConfig config, const Clock& clock) {
    std::error_code error;
    std::filesystem::create_directories(config.path, error);
    if (error) {
        return absl::FailedPreconditionError(
            "cannot create " + config.path.string() + ": " + error.message()
        );
    }
    const auto log = std::make_shared<RocksLog>(config.on_warning);
    rocksdb::Options options = MakeOptions(config, log);
    if (config.env != nullptr) options.env = config.env;
    rocksdb::DB* raw = nullptr;
    const rocksdb::Status opened = rocksdb::DB::Open(options, config.path.string(), &raw);
    if (!opened.ok()) return OpenError(opened, config.path.string());
    std::unique_ptr<rocksdb::DB> db(raw);
    std::string recovery = Join(log->TakeRecovery());

    MP_RETURN_IF_ERROR(BringSchemaUpToDate(*db));
    auto engine =
        std::make_unique<RocksEngine>(std::move(config), std::move(db), std::move(recovery), clock);
    MP_RETURN_IF_ERROR(engine->Load());
    return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace mp::storage
