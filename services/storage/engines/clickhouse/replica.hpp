#pragma once
// A server that holds what a shard's primary holds, a little later. It is asked only for what it is
// known to have: a look at it from time to time says up to which revision of the store. One that
// fails is left alone until a look succeeds.
//
// Looks come from one thread, Read from any.

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engines/clickhouse/client.hpp"

namespace mp::storage::clickhouse {

// What the log of a shard's tables held at an instant.
struct Checkpoint {
    uint64_t revision = 0;  // all rows up to it are in the log
    int64_t taken_at = 0;   // the primary's clock, seconds
    // By table: the newest entry of its log; -1: there is none.
    std::map<std::string, int64_t> log;
};

// Asks the primary. `revision`: what was committed before the call.
Result<Checkpoint> TakeCheckpoint(const Client& primary, uint64_t revision);

class Replica {
  public:
    // `config` is that of the replica; the clock outlives it.
    Replica(ClientConfig config, const Clock& clock);

    const std::string& url() const { return reader_.url(); }
    const Client& reader() const { return reader_; }
    // For looks and for migrations: gives up sooner.
    const Client& prober() const { return prober_; }

    // Whether it may be asked for what was changed by this revision the last time.
    bool Has(uint64_t revision) const { return synced_ > 0 && synced_ >= revision; }
    // After an error it is left alone, and nothing is believed of it, until a look succeeds.
    Result<std::string> Read(std::string_view sql) const;

    // Whether a checkpoint is to be taken before the next look.
    bool wants_checkpoint() const { return !pending_.has_value(); }
    Status Look(const std::optional<Checkpoint>& fresh);
    void Failed(const Status& status) const ABSL_LOCKS_EXCLUDED(mutex_);

    // Why it is not used, or not enough, and since when.
    Status state() const ABSL_LOCKS_EXCLUDED(mutex_);
    uint64_t reads() const { return reads_; }
    uint64_t failures() const { return failures_; }

    void GiveUpAt(Deadline deadline);

  private:
    Result<bool> HasReached(const Checkpoint& checkpoint) const;
    void Note(const Status& status) const ABSL_LOCKS_EXCLUDED(mutex_);

    Client reader_;
    Client prober_;
    const Clock& clock_;
    std::optional<Checkpoint> pending_;  // of the thread that looks
    Nanos pending_since_ = 0;
    mutable std::atomic<uint64_t> synced_{0};  // it has all up to this revision; 0: nobody knows
    mutable std::atomic<uint64_t> reads_{0};
    mutable std::atomic<uint64_t> failures_{0};
    mutable Mutex mutex_;
    mutable Status state_ ABSL_GUARDED_BY(mutex_);
    mutable Nanos since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mp::storage::clickhouse
