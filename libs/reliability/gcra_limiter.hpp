#pragma once
// Inbound rate limits per key (a user, a route class, everybody): the generic cell rate algorithm
// inside, so that no border between windows lets twice the limit through; outside the numbers of a
// fixed window, as the X-RateLimit headers want them.
//
// A key may spend `limit` at once, then earns one back every window/limit. Several levels are
// checked as one: either all are charged or none. Thread-safe. At most `max_keys` keys are kept;
// beyond that the one unused for longest is forgotten (and starts fresh).
//
// Several processes may share their limits: each tells a common place what it has charged
// (TakeCharges) and is told what a key owes in all (Raise). Checks stay local.

#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/duration.hpp"
#include "base/mutex.hpp"
#include "base/time.hpp"

namespace mp::reliability {

struct RateLimit {
    // Both positive.
    int64_t limit = 100;
    Duration window = std::chrono::seconds(60);
};

struct RateLevel {
    std::string_view key;  // "user:anonymous", "route:query", "global"
    RateLimit rate;
};

// The answer of the tightest level: the one that refuses longest, otherwise the one with least
// left.
struct RateDecision {
    bool allowed = true;
    int64_t limit = 0;
    int64_t remaining = 0;
    Nanos reset = 0;          // wall clock: when the whole limit is there again
    Duration retry_after{0};  // refused: when the same request would pass
    std::string_view key;     // which level says so; views the caller's RateLevel
};

class GcraLimiter {
  public:
    struct Stats {
        uint64_t allowed = 0;
        uint64_t refused = 0;
        uint64_t forgotten = 0;  // keys evicted while they still owed something
        uint64_t keys = 0;
    };

    // `clock` must outlive the limiter.
    explicit GcraLimiter(size_t max_keys = 100'000, const Clock& clock = DefaultClock());

    // `cost` is what one request weighs; more than a level's limit is always refused.
    RateDecision Check(std::span<const RateLevel> levels, int64_t cost = 1);
    RateDecision Check(std::string_view key, RateLimit rate, int64_t cost = 1);

    struct Charge {
        std::string key;
        Duration spent{0};   // time to earn it back
        Duration window{0};  // of the key's rate
    };
    // What keys were charged since they were taken last and still owe, of at most `max` keys, those
    // that wait for longest first; the others' turn comes next.
    std::vector<Charge> TakeCharges(size_t max);

    // A key owes at least until `full_at` (steady), and what was charged since TakeCharges.
    void Raise(std::string_view key, Nanos full_at);

    Stats GetStats() const;

  private:
    // A place in a ring, alone at first.
    struct Link {
        Link() = default;
        Link(const Link&) = delete;
        Link& operator=(const Link&) = delete;

        bool alone() const { return next == this; }
        void PutBefore(Link& other);
        void Leave();

        Link* next = this;
        Link* previous = this;
    };
    struct Cell : Link {
        std::string key;
        Nanos full_at = 0;  // steady: when everything spent is earned back
        Nanos charged = 0;  // of it, since it was taken last
        Nanos window = 0;
    };
    using Cells = std::list<Cell>;

    void Pay(Cell& cell, const RateLimit& rate, Nanos now, Nanos spent)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    Cell& Touch(std::string_view key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    RateDecision Weigh(const RateLevel& level, int64_t cost, Nanos now)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

    const size_t max_keys_;
    const Clock& clock_;

    mutable Mutex mutex_;
    Cells cells_ ABSL_GUARDED_BY(mutex_);  // youngest first
    // Views the key inside the list's node.
    std::unordered_map<std::string_view, Cells::iterator> index_ ABSL_GUARDED_BY(mutex_);
    Link charged_ ABSL_GUARDED_BY(mutex_);  // the ring of those whose charges are not taken yet
    Stats stats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::reliability
