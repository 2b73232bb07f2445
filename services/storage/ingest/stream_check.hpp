#pragma once
// Whether the stream still fits to what is committed. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "storage/append_batch.hpp"

namespace mp::storage {

// The stream, as the broker describes it.
struct StreamState {
    Nanos incarnation = 0;
    uint64_t first_sequence = 0;  // last_sequence + 1 when it is empty
    uint64_t last_sequence = 0;
    // Everything up to here was acknowledged; nothing: there is no consumer.
    std::optional<uint64_t> ack_floor;
    // At the highest committed sequence it has another message than the one committed.
    bool newest_is_another = false;
};

struct StreamVerdict {
    // Where consumption goes on.
    StreamPosition position;
    // Not empty: events may be gone for good that were never committed. The reason of the gaps.
    std::string_view loss;
    // The broker counts messages as acknowledged that are not committed here (the store was
    // emptied, or an older copy put back): the consumer must begin anew to get them again.
    bool forget_consumer = false;
};

inline constexpr std::string_view kStreamTruncated = "stream_truncated";  // purged unread
inline constexpr std::string_view kStreamReplaced = "stream_replaced";    // another stream by now
inline constexpr std::string_view kStreamRewound = "stream_rewound";  // lost its newest messages

// `committed`: nothing for a new store.
StreamVerdict CheckStream(
    const std::optional<StreamPosition>& committed, const StreamState& stream
);

}  // namespace mp::storage
