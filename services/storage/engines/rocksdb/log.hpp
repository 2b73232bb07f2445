#pragma once
// RocksDB's own log: warnings are handed on; what recovery reports while the store opens is kept.

#include <cstdarg>
#include <functional>
#include <rocksdb/env.h>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"

namespace mp::storage {

// Thread-safe.
class RocksLog final : public rocksdb::Logger {
  public:
    using Sink = std::function<void(std::string_view)>;

    explicit RocksLog(Sink sink)
        : rocksdb::Logger(rocksdb::InfoLogLevel::INFO_LEVEL), sink_(std::move(sink)) {}

    using rocksdb::Logger::Logv;
    void Logv(const char* format, va_list arguments) override;
    void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;

    // What recovery dropped, in its words; only what was logged until now. Lines come no more.
    std::vector<std::string> TakeRecovery() ABSL_LOCKS_EXCLUDED(mutex_);

  private:
    const Sink sink_;
    Mutex mutex_;
    bool recovering_ ABSL_GUARDED_BY(mutex_) = true;
    std::vector<std::string> recovery_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::storage
