#include "storage/ingest/purge_plan.hpp"

#include <algorithm>

namespace mp::storage {

uint64_t PurgePlan::Target(Nanos steady, uint64_t floor, const Stream& stream) {
    // A hundred notes for the window are fine enough.
    if (floors_.empty() || steady - floors_.back().steady >= window_.keep.count() / 100) {
        floors_.push_back({steady, floor});
    }
    while (!floors_.empty() && steady - floors_.front().steady >= window_.keep.count()) {
        old_enough_ = floors_.front().floor;
        floors_.pop_front();
    }
    uint64_t target = old_enough_;
    uint64_t room = window_.keep_bytes;
    if (stream.max_bytes > 0) room = std::min(room, stream.max_bytes / 4 * 3);
    // A good piece at once: the broker rewrites a file for every purge.
    if (stream.bytes > room) {
        const double kept = 0.875 * static_cast<double>(room);
        const double excess = 1.0 - kept / static_cast<double>(stream.bytes);
        const auto count = static_cast<uint64_t>(excess * static_cast<double>(stream.messages));
        target = std::max(target, stream.first_sequence + count);
    }
    target = std::min(target, floor);
    return target >= stream.first_sequence ? target : 0;
}

}  // namespace mp::storage
