#pragma once
// What a live subscriber asks for, and the pieces that it is sent.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "gateway/live/live_queue.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "wire/batch.hpp"

namespace mp::gateway {

struct LiveRequest {
    std::vector<model::Series> series;
    SlowPolicy policy = SlowPolicy::kDisconnect;
    std::optional<Nanos> from;
    std::string token;  // empty: none
};

// An event as the client gets it. `bytes` live as long as the output.
struct LiveRow {
    const model::Instrument* instrument;
    std::string_view bytes;
    model::DataType type = model::DataType::kUnspecified;
    Nanos received_ts = 0;  // 0 for history
    std::string token;      // behind this event; filled on request
};

// A part of a series that the subscriber does not get, and why.
struct LiveGap {
    model::Series series;
    Nanos from_ts = 0;
    Nanos to_ts = 0;
    model::CoverageState state = model::CoverageState::kOpen;
    std::string reason;
    std::optional<uint64_t> missing;
};

class LiveOutput {
  public:
    std::vector<LiveRow> rows;
    std::vector<LiveGap> gaps;
    std::string token;  // behind the last row
    uint64_t lagged = 0;
    bool live = false;  // history is done

    bool empty() const { return rows.empty() && gaps.empty() && !live; }

  private:
    friend class LiveSession;

    void Clear() {
        rows.clear();
        gaps.clear();
        merged_.clear();
        lagged = 0;
        live = false;
    }

    // What rows look into.
    std::vector<QueuedEvent> events_;
    std::deque<std::string> merged_;
    std::string chunk_;
    wire::BatchReader reader_;
};

}  // namespace mp::gateway
