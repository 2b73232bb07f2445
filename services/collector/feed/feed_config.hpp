#pragma once
// How feeds use connections and books, the same for all venues.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/duration.hpp"
#include "collector/book/book_keeper.hpp"
#include "reliability/backoff.hpp"
#include "reliability/watchdog.hpp"

namespace mp::collector {

class FrameRecorder;

struct SessionConfig {
    Duration connect_timeout = std::chrono::seconds(10);
    Duration ack_timeout = std::chrono::seconds(10);
    size_t max_message_bytes = 16u << 20;
    // Times that mp-exchange-sim sends with a replayed session count as ours.
    bool recorded_clock = false;
    FrameRecorder* recorder = nullptr;  // of the feed's market; null: frames are not recorded
};

struct LinkConfig {
    SessionConfig session;
    reliability::BackoffConfig reconnect{
        std::chrono::seconds(1), std::chrono::seconds(60), reliability::Jitter::kDecorrelated};
    Duration replace_before = std::chrono::minutes(10);  // before the venue's own cut
    Duration overlap = std::chrono::seconds(5);          // both carry everything for so long
    reliability::Watchdog::Config watchdog;
};

struct BooksConfig {
    BookLimits limits;
    Duration derived_interval =
        std::chrono::seconds(60);         // between our own snapshots, venue's time
    uint64_t derived_deltas = 10'000;     // or after so many deltas
    size_t max_levels_per_part = 50'000;  // larger snapshots are split
    // Every book is compared with a fresh snapshot once in so long; 0: never.
    Duration audit_interval = std::chrono::hours(1);
};

struct FeedConfig {
    LinkConfig link;
    BooksConfig books;
    Duration listings_refresh = std::chrono::seconds(45);
    Duration handover = std::chrono::seconds(10);      // as FleetConfig has it
    Duration slack = std::chrono::milliseconds(300);   // between streams of one connection
    Duration settle = std::chrono::milliseconds(100);  // of the newest instant of a stream
};

}  // namespace mp::collector
