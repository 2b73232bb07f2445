#pragma once
// Hashes that were seen lately: drops repeats of a live stream (redelivery, a batch sent again,
// redundant collectors). Sixteen bytes each: the oldest is forgotten when there are too many. Not
// thread-safe.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mp::gateway {

class RecentIdentities {
  public:
    // At most `capacity`, grown to as needed.
    explicit RecentIdentities(size_t capacity) : capacity_(capacity), slots_(kFirstSlots) {}
    // Takes all its memory now: that of a process that runs for long stays what it is.
    static RecentIdentities AtOnce(size_t capacity) {
        RecentIdentities recent(capacity);
        while (recent.slots_.size() < 2 * capacity) recent.Grow();
        recent.ring_.resize(capacity);
        recent.ring_.clear();
        return recent;
    }

    // False: seen before, and remembered still.
    bool Add(uint64_t hash) {
        if (slots_[SlotOf(hash)] != 0) return false;
        if (ring_.size() < capacity_) {
            if (2 * (ring_.size() + 1) > slots_.size()) Grow();
            ring_.push_back(hash);
            slots_[SlotOf(hash)] = static_cast<uint32_t>(ring_.size());
            return true;
        }
        Forget(ring_[next_]);
        ring_[next_] = hash;
        slots_[SlotOf(hash)] = static_cast<uint32_t>(next_ + 1);
        next_ = (next_ + 1) % capacity_;
        return true;
    }

    // Whether some may have been forgotten.
    bool full() const { return ring_.size() == capacity_; }
    size_t size() const { return ring_.size(); }

  private:
    static constexpr size_t kFirstSlots = 256;

    size_t Next(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
    // How far the slot lies behind another one, round the end.
    size_t Behind(size_t slot, size_t other) const { return (slot - other) & (slots_.size() - 1); }
    size_t Home(uint64_t hash) const { return hash & (slots_.size() - 1); }

    // Where it is, or the free slot where it belongs.
    size_t SlotOf(uint64_t hash) const {
        size_t slot = Home(hash);
        while (slots_[slot] != 0 && ring_[slots_[slot] - 1] != hash) slot = Next(slot);
        return slot;
    }

    // Those behind it move up, so that none is cut off from its home.
    void Forget(uint64_t hash) {
        size_t hole = SlotOf(hash);
        slots_[hole] = 0;
        for (size_t slot = Next(hole); slots_[slot] != 0; slot = Next(slot)) {
            const size_t home = Home(ring_[slots_[slot] - 1]);
            if (Behind(slot, home) < Behind(slot, hole)) continue;
            slots_[hole] = slots_[slot];
            slots_[slot] = 0;
            hole = slot;
        }
    }

    void Grow() {
        ring_.reserve(slots_.size());
        slots_.assign(2 * slots_.size(), 0);
        for (size_t i = 0; i < ring_.size(); ++i) {
            slots_[SlotOf(ring_[i])] = static_cast<uint32_t>(i + 1);
        }
    }

    const size_t capacity_;
    std::vector<uint64_t> ring_;   // by age, once it is full from next_ on
    std::vector<uint32_t> slots_;  // open addressing: place in the ring plus one; 0: free
    size_t next_ = 0;              // the oldest
};

}  // namespace mp::gateway
