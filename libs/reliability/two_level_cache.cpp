#include "reliability/two_level_cache.hpp"

#include <utility>

namespace mp::reliability {

TwoLevelCache::TwoLevelCache(
    std::string name,
    const Executor& home,
    RemoteCache& remote,
    TwoLevelCacheConfig config,
    const Clock& clock
)
    : remote_(remote),
      config_(std::move(config)),
      local_(std::move(name), home, config_.local, clock) {}

Task<Result<TwoLevelCache::Hit>> TwoLevelCache::Get(
    std::string key, Loader loader, Deadline deadline
) {
    Loader through = [this, loader = std::move(loader)](std::string missing) {
        return LoadThrough(std::move(missing), loader);
    };
    return local_.Get(std::move(key), std::move(through), deadline);
}

Task<Result<std::string>> TwoLevelCache::LoadThrough(std::string key, Loader loader) {
    Result<std::string> found = co_await remote_.Get(config_.remote_prefix + key);
    if (found.ok()) {
        ++stats_.remote_hits;
        co_return found;
    }
    if (found.status().code() == StatusCode::kNotFound) {
        ++stats_.remote_misses;
    } else {
        ++stats_.remote_errors;
    }
    Result<std::string> loaded = co_await loader(key);
    if (loaded.ok()) {
        const Status stored =
            co_await remote_.Set(config_.remote_prefix + key, *loaded, config_.remote_ttl);
        Note(stored).IgnoreError();
    }
    co_return loaded;
}

Task<Status> TwoLevelCache::Set(std::string key, std::string value) {
    local_.Set(key, value);
    Status stored =
        co_await remote_.Set(config_.remote_prefix + key, std::move(value), config_.remote_ttl);
    co_return Note(std::move(stored));
}

Task<Status> TwoLevelCache::Delete(std::string key) {
    // The remote first: otherwise a load in between would bring the old value back from there.
    Status deleted = co_await remote_.Delete(config_.remote_prefix + key);
    local_.Delete(key);
    co_return Note(std::move(deleted));
}

Status TwoLevelCache::Note(Status status) {
    stats_.remote_errors += !status.ok();
    return status;
}

TwoLevelCache::Stats TwoLevelCache::GetStats() const {
    Stats stats = stats_;
    stats.local = local_.GetStats();
    return stats;
}

}  // namespace mp::reliability
