#pragma once
// All live reading of the gateway: one feed a subject in use, shared by every subscriber. One
// io_context thread; the connection and the registry of metrics outlive it.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "gateway/live/feed.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

class Fanout {
  public:
    // `executor`: the connection's.
    Fanout(Executor executor, bus::Connection& connection, telemetry::MetricRegistry& metrics);

    // What the stream is and where it stands now. Unavailable while the broker is away.
    struct Stream {
        Nanos incarnation = 0;
        uint64_t first_sequence = 0;
        uint64_t last_sequence = 0;
        uint32_t shards = 0;
    };
    Task<Result<Stream>> Look(Deadline deadline);

    // The shared feed of a subject if it has not read past `from`, or a new one from there if there
    // is none; else null: catch up with a feed of your own first. `horizon` as Feed has it.
    std::shared_ptr<Feed> Share(const std::string& subject, uint64_t from, uint64_t horizon);
    // A feed that is not shared.
    std::shared_ptr<Feed> MakePrivate(const std::string& subject, uint64_t from, uint64_t horizon);
    // The shared feed, whatever it has read; null if there is none.
    std::shared_ptr<Feed> Find(const std::string& subject) const;
    // Ends a private feed from inside its own calls: it goes away when they have returned.
    void Retire(std::shared_ptr<Feed> feed);

    // Forgets feeds that nobody holds.
    void Sweep();

  private:
    const Executor executor_;
    bus::Connection& connection_;
    const FeedCounters counters_;
    std::map<std::string, std::shared_ptr<Feed>> feeds_;  // shared with their subscriptions
};

}  // namespace mp::gateway
