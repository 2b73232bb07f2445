#pragma once
// One weight budget of a venue, shared by every collector that asks from the same address.
//
// What is taken stands in a ledger in a bucket of the broker, changed by compare-and-set: in slices
// of what waits at the moment, so that a cold start of hundreds of books costs few changes and a
// lone request reserves no more than it needs. A slice is spent within its life; a grant counts
// for the venue's window beyond that, so no window of the venue's, wherever it begins, sees more
// than the limit. Clocks of the collectors may differ by the margin.
//
// The venue has the last word: used weight that it reports beyond what the ledger knows is entered
// there, and so is Retry-After, which stops everybody.
//
// Without the bus (docs/adr/0041): requests wait until nothing that was granted counts any more,
// then this collector spends its share alone; when the bus is back it enters what it spent, and
// keeps to the share for one more window. The share is reserved: grants never touch it.
//
// One executor's thread; a Budget outlives the calls on it.

#include <cstdint>
#include <functional>
#include <list>
#include <string>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "collector/rest/ledger.hpp"
#include "reliability/key_value.hpp"
#include "reliability/outbound_limiter.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

class Budget {
  public:
    struct Config {
        std::string key;  // in the bucket
        int64_t limit = 6000;
        Duration window = std::chrono::minutes(1);
        double share = 0.1;  // of the limit, for one collector that has no bus
        size_t max_waiting = 20'000;
    };
    struct Stats {
        int64_t limit = 0;
        int64_t used = 0;  // by the fleet, as far as is known here
        uint64_t waiting = 0;
        uint64_t passed = 0;  // requests of this process
        uint64_t delayed = 0;
        uint64_t refused = 0;
        uint64_t slices = 0;  // compare-and-sets that granted something
        uint64_t alone = 0;   // requests that passed without the bus
        uint64_t blocks = 0;
        Duration blocked_for{0};
    };

    // `bucket` outlives it. `reachable`: whether the bus can be reached now.
    Budget(Config config, reliability::KeyValue& bucket, std::function<bool()> reachable);

    // Waits for its turn and spends `weight`. DeadlineExceeded where the turn would come after
    // `deadline` or did not come by it, ResourceExhausted where too many wait; both with the wait
    // attached (RetryAfterOf). InvalidArgument for a weight that never fits.
    Task<Status> Acquire(int64_t weight, Deadline deadline);

    // The weight that the venue says is used in its window.
    Task<> ServerUsed(int64_t used);
    // 429 or 418: nobody asks for so long. Never shortens an earlier one.
    Task<> Block(Duration wait);
    // The ledger as a watch of the bucket tells it.
    void Learn(const reliability::Entry& entry);

    const Config& config() const { return config_; }
    Stats GetStats() const;

  private:
    class Place;
    struct Slice {
        int64_t weight = 0;
        Nanos until = 0;  // steady
    };

    int64_t shared_limit() const { return config_.limit - alone_limit_; }
    Nanos Counts() const;  // how long a grant counts
    Duration BlockedFor() const;
    bool Spend(int64_t weight);
    Task<Duration> Refill(int64_t weight);
    Task<Duration> Grant(int64_t weight);
    Duration SpendAlone(int64_t weight);
    Task<Status> Load();
    Task<Status> Save(Ledger ledger);
    Task<Status> Enter(int64_t weight, Nanos blocked_until);
    Status Refused(std::string_view why, Duration wait);
    void WakeFirst();

    const Config config_;
    reliability::KeyValue& bucket_;
    const std::function<bool()> reachable_;
    const int64_t alone_limit_;
    reliability::OutboundLimiter alone_;

    std::list<Place*> line_;
    Slice slice_;
    Ledger ledger_;
    uint64_t revision_ = 0;    // of ledger_; 0: the key is not there
    bool loaded_ = false;      // ledger_ is worth a compare-and-set
    Nanos met_ = 0;            // steady: the bus last answered; 0: never
    Nanos alone_until_ = 0;    // steady: keeps to the share until then
    Nanos blocked_until_ = 0;  // steady
    int64_t unentered_ = 0;    // spent without the bus, not in the ledger yet
    Stats stats_;
};

}  // namespace mp::collector
