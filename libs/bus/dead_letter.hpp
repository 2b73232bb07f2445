#pragma once
// Where payloads go that nobody can read: stream DEAD_LETTER, subject `dead.<source>`. The body is
// the first 64 KiB of the payload; headers Mp-Source, Mp-Reason, Mp-Size (of the whole), Mp-Sha256
// (of the whole, hex) and Mp-Time tell the rest. Never blocks the caller and never fails it: a
// bounded number of letters waits for the broker, also while it is away; what does not fit is
// counted.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/connection.hpp"
#include "bus/message.hpp"
#include "runtime/task.hpp"

namespace mp::bus {

// From the connection's executor only.
class DeadLetters {
  public:
    struct Config {
        double per_second = 100;  // more than that is dropped and counted
        double burst = 500;
        size_t max_waiting = 256;
        Duration max_delay = std::chrono::seconds(1);  // letters go in batches
    };
    struct Counters {
        uint64_t stored = 0;
        uint64_t dropped = 0;  // beyond the rate, or too many waiting
        uint64_t failed = 0;   // the broker will never take it
        uint64_t waiting = 0;  // now
    };

    static constexpr size_t kKeptBytes = 64u << 10;

    DeadLetters(Connection& connection, Config config, const Clock& clock = DefaultClock());
    ~DeadLetters();
    DeadLetters(const DeadLetters&) = delete;
    DeadLetters& operator=(const DeadLetters&) = delete;

    // `source` names the part that gave up ("collector.binance", "storage"): tokens of
    // [A-Za-z0-9_-] joined by '.', other characters become '_'. `extra` headers are kept with it.
    void Put(
        std::string_view source,
        std::string_view reason,
        std::string_view payload,
        const Headers& extra = {}
    );

    // Hands letters to the broker, each until it has taken it or says that it never will. Until
    // cancelled; then takes no more, and gives what waits a second. Once.
    Task<Status> Run();

    Counters counters() const noexcept;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace mp::bus
