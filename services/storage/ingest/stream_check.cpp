#include "storage/ingest/stream_check.hpp"

#include "storage/ingest/position_tracker.hpp"

namespace mp::storage {
namespace {

uint64_t BeforeFirst(const StreamState& stream) {
    return stream.first_sequence == 0 ? 0 : stream.first_sequence - 1;
}

// Begins at the stream's oldest message.
StreamVerdict FromTheBeginning(const StreamState& stream, std::string_view loss) {
    StreamVerdict verdict;
    verdict.position = {stream.incarnation, BeforeFirst(stream), {}};
    verdict.loss = loss;
    verdict.forget_consumer = stream.ack_floor.has_value() && *stream.ack_floor > 0;
    return verdict;
}

}  // namespace

StreamVerdict CheckStream(
    const std::optional<StreamPosition>& committed, const StreamState& stream
) {
    const uint64_t before_first = BeforeFirst(stream);
    if (!committed) {
        return FromTheBeginning(stream, before_first > 0 ? kStreamTruncated : std::string_view());
    }
    if (committed->incarnation != stream.incarnation) {
        return FromTheBeginning(stream, kStreamReplaced);
    }
    PositionTracker tracker(*committed);
    if (tracker.highest() > stream.last_sequence || stream.newest_is_another) {
        return FromTheBeginning(stream, kStreamRewound);
    }

    StreamVerdict verdict;
    for (uint64_t missing = tracker.floor() + 1; missing <= before_first; ++missing) {
        if (tracker.Contains(missing)) continue;
        verdict.loss = kStreamTruncated;
        break;
    }
    tracker.RaiseFloor(before_first);
    verdict.position = tracker.position();
    verdict.forget_consumer = stream.ack_floor.has_value() && *stream.ack_floor > tracker.floor();
    return verdict;
}

}  // namespace mp::storage
