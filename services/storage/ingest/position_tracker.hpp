#pragma once
// Which messages of the stream are committed: everything up to a floor, and what came out of order
// beyond it. A value; not thread-safe.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "storage/append_batch.hpp"

namespace mp::storage {

class PositionTracker {
  public:
    PositionTracker() = default;
    explicit PositionTracker(StreamPosition position) : position_(std::move(position)) {}

    // Marks a message; marking it again changes nothing.
    void Add(uint64_t sequence);
    // Everything up to `sequence` is settled elsewhere: purged.
    void RaiseFloor(uint64_t sequence);

    bool Contains(uint64_t sequence) const;
    uint64_t floor() const { return position_.floor; }
    const StreamPosition& position() const { return position_; }
    // The highest message marked.
    uint64_t highest() const;
    // How many below the highest are not marked.
    uint64_t holes() const;
    // What is not marked up to and including `last`, ascending, at most `limit` of it.
    std::vector<uint64_t> Missing(uint64_t last, size_t limit) const;

  private:
    void Absorb();

    StreamPosition position_;
};

}  // namespace mp::storage
