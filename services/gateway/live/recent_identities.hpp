#pragma once
// The identities that a series has shown lately: drops repeats of a live stream (redelivery, a
// resent batch, redundant collectors). Bounded: the oldest is forgotten.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/hash.hpp"

namespace mp::gateway {

class RecentIdentities {
  public:
    explicit RecentIdentities(size_t capacity) : capacity_(capacity) {}

    // False: seen before, and remembered still.
    bool Add(std::string_view identity) { return AddHash(Fnv1a(identity)); }
    bool Contains(std::string_view identity) const { return seen_.count(Fnv1a(identity)) != 0; }
    size_t size() const { return seen_.size(); }
    // Whether some may have been forgotten.
    bool full() const { return seen_.size() == capacity_; }

  private:
    bool AddHash(uint64_t hash) {
        if (!seen_.insert(hash).second) return false;
        if (ring_.size() < capacity_) {
            ring_.push_back(hash);
        } else {
            seen_.erase(ring_[next_]);
            ring_[next_] = hash;
            next_ = (next_ + 1) % capacity_;
        }
        return true;
    }

    const size_t capacity_;
    std::unordered_set<uint64_t> seen_;
    std::vector<uint64_t> ring_;
    size_t next_ = 0;
};

}  // namespace mp::gateway
