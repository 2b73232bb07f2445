#pragma once
// One subject of the bus as one subscriber reads it: whose events, from where on, and what it has
// been given already.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "gateway/live/feed.hpp"
#include "gateway/live/position.hpp"
#include "gateway/live/recent_identities.hpp"
#include "gateway/live/series_mark.hpp"
#include "model/instrument.hpp"

namespace mp::gateway {

struct Lane {
    // Repeats lie no further apart than so many messages of the stream.
    static constexpr uint64_t kLookBack = 4096;

    struct Member {
        SeriesMark* mark = nullptr;  // in the token; null: only its gaps are wanted
        uint64_t salt = 0;           // tells its events from those of other series
    };

    std::string subject;
    model::DataType type = model::DataType::kUnspecified;
    std::unordered_map<model::Instrument, Member> members;
    Position start;              // what lies up to here was given before; read to know its repeats
    Position read;               // reading goes on behind it; while there is a feed, the feed knows
    Position reached;            // behind the newest event handed to the client
    Position* place = nullptr;   // in the token: what a resumed subscription may begin behind
    std::shared_ptr<Feed> feed;  // null while paused
    bool shared = false;
    // What was given once and may come again: of lanes that begin in the past, or catch up.
    std::optional<RecentIdentities> given;
    uint64_t forget_behind = UINT64_MAX;  // no repeat of it comes behind this sequence

    void StartBehind(Position position) {
        start = read = reached = position;
        *place = position;
    }
    bool catching_up() const { return !feed || !shared; }
};

}  // namespace mp::gateway
