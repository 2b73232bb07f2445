#pragma once
// A cache that loads: a miss waits for the loader, and of many who miss the same key at once only
// the first makes it run; an entry near its end or past it is given at once while one background
// load replaces it (cache_store.hpp has the ages). A load that fails is logged, and the stale value
// stays.
//
//   Result<CacheHit<Page>> page = co_await cache.Get(key, loader, deadline);
//
// Get, Peek, Set and Delete may be called from any thread; loads run on the `home` executor,
// detached from who asked first, so an asker that goes away takes nobody's answer with it. Run()
// beside the service, or Stop() before the end, awaits them. The cache outlives all calls.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "reliability/cache_store.hpp"
#include "reliability/log.hpp"
#include "runtime/condition.hpp"
#include "runtime/on_executor.hpp"
#include "runtime/task.hpp"
#include "runtime/task_group.hpp"
#include "runtime/with_deadline.hpp"

namespace mp::reliability {

struct SmartCacheConfig {
    CacheConfig store;
    Duration load_timeout = std::chrono::seconds(5);
    size_t max_loads = 256;  // at a time; a miss beyond that is ResourceExhausted
};

template <typename V>
class SmartCache {
  public:
    using Loader = std::function<Task<Result<V>>(std::string key)>;
    using Hit = CacheHit<V>;

    // `name` for logs; `clock` outlives the cache.
    SmartCache(
        std::string name,
        const Executor& home,
        SmartCacheConfig config = {},
        const Clock& clock = DefaultClock()
    )
        : home_(home),
          config_(config),
          state_(std::make_shared<State>(std::move(name), config.store, clock)),
          loads_(home, config.max_loads) {}

    // The value, or the loader's error, or DeadlineExceeded (the load goes on for the next asker).
    // Without `freshness` that of the configuration rules.
    Task<Result<Hit>> Get(
        std::string key,
        Loader loader,
        Deadline deadline,
        std::optional<Freshness> freshness = std::nullopt
    );

    // The value if there is one that needs no refresh; no loading.
    std::optional<Hit> Peek(std::string_view key) { return state_->store.Peek(key); }

    // The value as it is kept.
    std::shared_ptr<const V> Set(std::string_view key, V value) {
        return state_->store.Set(key, std::move(value));
    }
    // A load under way may still bring the value back.
    void Delete(std::string_view key) { state_->store.Delete(key); }
    void Clear() { state_->store.Clear(); }

    // Until cancelled; then ends the loads. From the home executor, at most once.
    Task<Status> Run() { return loads_.Wait(); }

    CacheStats GetStats() const { return state_->store.GetStats(); }

  private:
    // One load and all who wait for it. Shared, because a waiter may leave before it ends.
    struct Flight {
        runtime::Event landed;
        Result<std::shared_ptr<const V>> outcome = absl::CancelledError("the load was given up");
    };
    // Shared with the loads: at the end of the process some are destroyed after the cache.
    struct State {
        State(std::string cache_name, const CacheConfig& config, const Clock& clock)
            : name(std::move(cache_name)), store(config, clock) {}

        const std::string name;
        CacheStore<V> store;
        std::map<std::string, std::shared_ptr<Flight>> flights;  // home executor only
    };
    class Landing;

    // On the home executor:
    Task<Result<Hit>> Load(std::string key, Loader loader, Deadline deadline);
    std::shared_ptr<Flight> Join(const std::string& key, const Loader& loader);
    static Task<Status> Fly(std::unique_ptr<Landing> landing, Task<Result<V>> work);

    const Executor home_;
    const SmartCacheConfig config_;
    const std::shared_ptr<State> state_;
    runtime::TaskGroup loads_;
};

// Ends a flight however its coroutine ends.
template <typename V>
class SmartCache<V>::Landing {
  public:
    Landing(std::shared_ptr<State> state, std::string key, std::shared_ptr<Flight> flight)
        : state_(std::move(state)), key_(std::move(key)), flight_(std::move(flight)) {}
    ~Landing() {
        if (!flight_->outcome.ok()) state_->store.RefreshFailed(key_);
        state_->flights.erase(key_);
        flight_->landed.Set();
    }
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;

    void Bring(Result<V> loaded) {
        if (loaded.ok()) {
            flight_->outcome = state_->store.Set(key_, *std::move(loaded));
        } else {
            flight_->outcome = loaded.status();
            LogCacheLoadFailed(state_->name, key_, loaded.status());
        }
    }

  private:
    const std::shared_ptr<State> state_;
    const std::string key_;
    const std::shared_ptr<Flight> flight_;
};

template <typename V>
Task<Result<CacheHit<V>>> SmartCache<V>::Get(
    std::string key, Loader loader, Deadline deadline, std::optional<Freshness> freshness
) {
    std::optional<Hit> hit = state_->store.Get(key, freshness);
    const Executor here = co_await asio::this_coro::executor;
    if (!hit) {
        auto load = Load(std::move(key), std::move(loader), deadline);
        if (here == home_) co_return co_await std::move(load);
        co_return co_await runtime::RunOn(home_, std::move(load));
    }
    if (hit->refresh) {
        if (hit->stale) LogCacheStale(state_->name, key);
        if (here == home_) {
            Join(key, loader);
        } else {
            runtime::Post(home_, [this, key, loader] { Join(key, loader); });
        }
    }
    co_return *std::move(hit);
}

template <typename V>
Task<Result<CacheHit<V>>> SmartCache<V>::Load(std::string key, Loader loader, Deadline deadline) {
    const std::shared_ptr<Flight> flight = Join(key, loader);
    const bool landed = co_await flight->landed.Wait(deadline);
    if (!landed) co_return absl::DeadlineExceededError("the value was not loaded in time");
    if (!flight->outcome.ok()) co_return flight->outcome.status();
    co_return Hit{*flight->outcome};
}

template <typename V>
std::shared_ptr<typename SmartCache<V>::Flight> SmartCache<V>::Join(
    const std::string& key, const Loader& loader
) {
    const auto [at, first] = state_->flights.try_emplace(key);
    if (!first) return at->second;
    auto flight = std::make_shared<Flight>();
    at->second = flight;
    auto landing = std::make_unique<Landing>(state_, key, flight);
    auto work = runtime::WithDeadline(loader(key), Deadline::After(config_.load_timeout));
    Status spawned = loads_.Spawn(Fly(std::move(landing), std::move(work)));
    if (!spawned.ok()) flight->outcome = std::move(spawned);
    return flight;
}

template <typename V>
Task<Status> SmartCache<V>::Fly(std::unique_ptr<Landing> landing, Task<Result<V>> work) {
    landing->Bring(co_await std::move(work));
    co_return OkStatus();
}

}  // namespace mp::reliability
