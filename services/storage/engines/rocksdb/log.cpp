#include "storage/engines/rocksdb/log.hpp"

#include <cstdio>

namespace mp::storage {

void RocksLog::Logv(const char* format, va_list arguments) {
    Logv(rocksdb::InfoLogLevel::INFO_LEVEL, format, arguments);
}

void RocksLog::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
    const bool warning =
        level >= rocksdb::InfoLogLevel::WARN_LEVEL && level <= rocksdb::InfoLogLevel::FATAL_LEVEL;
    const std::string_view text(format);
    // The two lines by which recovery says that it gave something up.
    const bool recovery = text.find("dropping %d bytes") != text.npos ||
                          text.find("Point in time recovered") != text.npos;
    if (!warning && !recovery) return;

    char line[512];
    const int size = std::vsnprintf(line, sizeof(line), format, arguments);
    if (size <= 0) return;
    if (recovery) {
        const MutexLock lock(mutex_);
        if (recovering_) recovery_.emplace_back(line);
    }
    if (warning && sink_) sink_(line);
}

std::vector<std::string> RocksLog::TakeRecovery() {
    const MutexLock lock(mutex_);
    recovering_ = false;
    return std::move(recovery_);
}

}  // namespace mp::storage
