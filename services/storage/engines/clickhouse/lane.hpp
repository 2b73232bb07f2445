#pragma once
// What one writer at a time may change: the whole store, or, where several instances share it, a
// lane of it: the instruments that one shard of the stream carries. A series never changes its
// lane, so revisions are compared inside one lane only.
//
// Revisions of a lane, from the top: 24 bits of epoch, 8 of the lane's number, 32 that count. Every
// writer begins an epoch, so what it writes beats whatever an earlier one has under way.

#include <cstdint>
#include <string>
#include <string_view>

#include "model/instrument.hpp"

namespace mp::storage::clickhouse {

class Lane {
  public:
    static constexpr uint32_t kMost = 256;
    // No store that is not shared ever has this revision.
    static constexpr uint64_t kFirstRevision = uint64_t{1} << 40;

    Lane() = default;  // the whole store
    Lane(uint32_t number, uint32_t count) : number_(number), count_(count) {}

    bool whole() const { return count_ == 0; }
    uint32_t count() const { return count_; }
    bool Holds(const model::Instrument& instrument) const {
        return whole() || model::Shard(instrument, count_) == number_;
    }

    // The key in the state of what each lane has for itself.
    std::string Key(std::string_view key) const;
    // Which rows of the state are the lane's: a condition. Those of the time before lanes are all
    // lanes', who pick their own.
    std::string OwnRows() const;
    std::string OwnOrOlderRows() const;

    // With which a new writer begins where this is the last one stored.
    uint64_t NextEpoch(uint64_t stored) const;

  private:
    uint32_t number_ = 0;
    uint32_t count_ = 0;
};

}  // namespace mp::storage::clickhouse
