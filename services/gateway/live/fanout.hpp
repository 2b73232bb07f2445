#pragma once
// All live reading of the gateway: one feed a subject in use, shared by every subscriber. One
// io_context thread; the connection outlives it.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "gateway/live/feed.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class Fanout {
  public:
    explicit Fanout(bus::Connection& connection) : connection_(connection) {}

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

    // Forgets feeds that nobody holds.
    void Sweep();

    const std::map<std::string, std::shared_ptr<Feed>>& feeds() const { return feeds_; }

  private:
    bus::Connection& connection_;
    std::map<std::string, std::shared_ptr<Feed>> feeds_;  // shared with their subscriptions
};

}  // namespace mp::gateway
