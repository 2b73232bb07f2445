#pragma once
// The memory of a cache: least recently used leaves first, entries age, and every answer says how
// old it is and whether the asker should refresh it. Knows nothing of loading. Thread-safe.
//
//   age < refresh_ratio * ttl   fresh
//   age < ttl                   fresh, but one asker is told to refresh it ahead
//   age < ttl + max_stale       stale: still given, one asker is told to refresh it
//   older                       a miss
//
// "One asker": whoever gets `refresh` holds the entry's refresh mark until Set or RefreshFailed.

#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/duration.hpp"
#include "base/mutex.hpp"
#include "base/time.hpp"

namespace mp::reliability {

// What a value takes up, for `max_bytes`. For a type of its own declare one beside it.
template <typename V>
size_t BytesOf(const V& value) {
    if constexpr (requires { value.capacity(); }) return sizeof(V) + value.capacity();
    return sizeof(V);
}

// How long a value serves: fresh, and stale beyond that.
struct Freshness {
    Duration ttl;
    Duration max_stale;
};

struct CacheConfig {
    size_t max_entries = 1000;
    size_t max_bytes = SIZE_MAX;  // of all values; the youngest one always stays
    Duration ttl = std::chrono::seconds(3600);
    double refresh_ratio = 0.8;
    Duration max_stale = std::chrono::hours(24);
    Duration retry_refresh = std::chrono::seconds(1);  // after one that failed
};

template <typename V>
struct CacheHit {
    // Shared, because an answer may still be in use when the entry is replaced or evicted.
    std::shared_ptr<const V> value;
    Duration age{0};
    bool stale = false;
    bool refresh = false;  // the asker is to refresh it
};

struct CacheStats {
    uint64_t hits = 0;  // stale ones included
    uint64_t misses = 0;
    uint64_t stale = 0;
    uint64_t refreshes = 0;  // begun
    uint64_t failed_refreshes = 0;
    uint64_t evictions = 0;
    size_t entries = 0;
    size_t bytes = 0;  // of all values

    double HitRate() const {
        const uint64_t asked = hits + misses;
        return asked == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(asked);
    }
};

template <typename V>
class CacheStore {
  public:
    // `clock` outlives the store.
    explicit CacheStore(CacheConfig config, const Clock& clock = DefaultClock())
        : config_(config), clock_(clock) {}

    // Counts as a use of the key. Without `freshness` that of the configuration rules.
    std::optional<CacheHit<V>> Get(
        std::string_view key, std::optional<Freshness> freshness = std::nullopt
    );

    // A value that needs no refresh, or nothing; counts only if it gives one.
    std::optional<CacheHit<V>> Peek(std::string_view key);

    // Takes a value as of now; clears the refresh mark.
    std::shared_ptr<const V> Set(std::string_view key, V value);

    // Clears the mark; the old value stays.
    void RefreshFailed(std::string_view key);

    void Delete(std::string_view key);
    void Clear();

    CacheStats GetStats() const;
    const CacheConfig& config() const { return config_; }

  private:
    struct Node {
        std::string key;
        std::shared_ptr<const V> value;
        size_t bytes = 0;
        Nanos created = 0;
        Nanos refresh_after = 0;
        bool refreshing = false;
    };
    using Nodes = std::list<Node>;

    bool DueForRefresh(const Node& node, Duration ttl, Nanos now) const;
    // Gives or withholds the right to refresh.
    bool ClaimRefresh(Node& node, Duration ttl, Nanos now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void EvictOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

    const CacheConfig config_;
    const Clock& clock_;

    mutable Mutex mutex_;
    Nodes nodes_ ABSL_GUARDED_BY(mutex_);  // youngest use first
    // Views the key inside the list's node.
    std::unordered_map<std::string_view, typename Nodes::iterator> index_ ABSL_GUARDED_BY(mutex_);
    CacheStats stats_ ABSL_GUARDED_BY(mutex_);
};

template <typename V>
std::optional<CacheHit<V>> CacheStore<V>::Get(
    std::string_view key, std::optional<Freshness> freshness
) {
    const auto [ttl, max_stale] = freshness.value_or(Freshness{config_.ttl, config_.max_stale});
    MutexLock lock(mutex_);
    const Nanos now = clock_.Steady();
    const auto found = index_.find(key);
    if (found == index_.end() || now - found->second->created >= (ttl + max_stale).count()) {
        ++stats_.misses;
        return std::nullopt;
    }
    Node& node = *found->second;
    nodes_.splice(nodes_.begin(), nodes_, found->second);

    CacheHit<V> hit{node.value, Duration(now - node.created)};
    hit.stale = hit.age >= ttl;
    hit.refresh = ClaimRefresh(node, ttl, now);
    ++stats_.hits;
    stats_.stale += hit.stale;
    return hit;
}

template <typename V>
std::optional<CacheHit<V>> CacheStore<V>::Peek(std::string_view key) {
    MutexLock lock(mutex_);
    const Nanos now = clock_.Steady();
    const auto found = index_.find(key);
    if (found == index_.end() || DueForRefresh(*found->second, config_.ttl, now)) {
        return std::nullopt;
    }
    nodes_.splice(nodes_.begin(), nodes_, found->second);
    ++stats_.hits;
    return CacheHit<V>{nodes_.front().value, Duration(now - nodes_.front().created)};
}

template <typename V>
bool CacheStore<V>::DueForRefresh(const Node& node, Duration ttl, Nanos now) const {
    const double due = static_cast<double>(ttl.count()) * config_.refresh_ratio;
    return static_cast<double>(now - node.created) >= due;
}

template <typename V>
bool CacheStore<V>::ClaimRefresh(Node& node, Duration ttl, Nanos now) {
    if (!DueForRefresh(node, ttl, now)) return false;
    if (node.refreshing || now < node.refresh_after) return false;
    node.refreshing = true;
    ++stats_.refreshes;
    return true;
}

template <typename V>
std::shared_ptr<const V> CacheStore<V>::Set(std::string_view key, V value) {
    auto shared = std::make_shared<const V>(std::move(value));
    MutexLock lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) {
        nodes_.splice(nodes_.begin(), nodes_, found->second);
    } else {
        if (nodes_.size() >= std::max<size_t>(1, config_.max_entries)) EvictOldest();
        nodes_.emplace_front().key = std::string(key);
        index_.emplace(nodes_.front().key, nodes_.begin());
    }
    Node& node = nodes_.front();
    stats_.bytes -= node.bytes;
    node.value = shared;
    node.bytes = BytesOf(*shared);
    stats_.bytes += node.bytes;
    node.created = clock_.Steady();
    node.refreshing = false;
    while (stats_.bytes > config_.max_bytes && nodes_.size() > 1) EvictOldest();
    return shared;
}

template <typename V>
void CacheStore<V>::EvictOldest() {
    stats_.bytes -= nodes_.back().bytes;
    index_.erase(nodes_.back().key);
    nodes_.pop_back();
    ++stats_.evictions;
}

template <typename V>
void CacheStore<V>::RefreshFailed(std::string_view key) {
    MutexLock lock(mutex_);
    ++stats_.failed_refreshes;
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    found->second->refreshing = false;
    found->second->refresh_after = clock_.Steady() + config_.retry_refresh.count();
}

template <typename V>
void CacheStore<V>::Delete(std::string_view key) {
    MutexLock lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto node = found->second;
    stats_.bytes -= node->bytes;
    index_.erase(found);
    nodes_.erase(node);
}

template <typename V>
void CacheStore<V>::Clear() {
    MutexLock lock(mutex_);
    index_.clear();
    nodes_.clear();
    stats_.bytes = 0;
}

template <typename V>
CacheStats CacheStore<V>::GetStats() const {
    MutexLock lock(mutex_);
    CacheStats stats = stats_;
    stats.entries = nodes_.size();
    return stats;
}

}  // namespace mp::reliability
