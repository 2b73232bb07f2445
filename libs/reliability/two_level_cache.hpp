#pragma once
// A small fast cache in front of a large shared one (Redis): what the process does not hold is
// looked up there, and loaded only where that misses too. The shared one is an optimisation: when
// it fails, answers come from the loader, counted, never an error.
//
// One io_context thread for Set, Delete and loads; Get as in SmartCache.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "reliability/smart_cache.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

// Values are text (JSON). Every call bounds itself in time.
class RemoteCache {
  public:
    virtual ~RemoteCache() = default;

    // NotFound on a miss.
    virtual Task<Result<std::string>> Get(std::string key) = 0;
    virtual Task<Status> Set(std::string key, std::string value, Duration ttl) = 0;
    virtual Task<Status> Delete(std::string key) = 0;
};

struct TwoLevelCacheConfig {
    SmartCacheConfig local{.store = {.ttl = std::chrono::seconds(60)}};
    Duration remote_ttl = std::chrono::seconds(3600);
    std::string remote_prefix = "cache:";
};

class TwoLevelCache {
  public:
    using Loader = SmartCache<std::string>::Loader;
    using Hit = CacheHit<std::string>;

    struct Stats {
        CacheStats local;
        uint64_t remote_hits = 0;
        uint64_t remote_misses = 0;
        uint64_t remote_errors = 0;
    };

    // `remote` and `clock` outlive the cache.
    TwoLevelCache(
        std::string name,
        const Executor& home,
        RemoteCache& remote,
        TwoLevelCacheConfig config = {},
        const Clock& clock = DefaultClock()
    );

    Task<Result<Hit>> Get(std::string key, Loader loader, Deadline deadline);

    // Into both levels. The status is the remote's; the local level has it in any case.
    Task<Status> Set(std::string key, std::string value);
    Task<Status> Delete(std::string key);
    // This process's level only.
    void ClearLocal() { local_.Clear(); }

    Task<Status> Run() { return local_.Run(); }

    Stats GetStats() const;

  private:
    Task<Result<std::string>> LoadThrough(std::string key, Loader loader);
    Status Note(Status status);

    RemoteCache& remote_;
    const TwoLevelCacheConfig config_;
    SmartCache<std::string> local_;
    Stats stats_;
};

}  // namespace mp::reliability
