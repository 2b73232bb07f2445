#pragma once
// One holder at a time, across processes. A lock is a key with the holder's name; it is held for
// `ttl` and lives on only while the holder renews it.
//
// The token of an acquisition is the key's revision: greater than every earlier holder's. A lock
// alone cannot stop a holder that slept through its ttl, so whatever the lock protects compares
// tokens (or writes with compare-and-set) and refuses an older one.
//
// Nobody compares clocks: the holder counts `ttl` from before it wrote, a contender from when it
// first saw the revision. So a dead holder's lock is taken over after at most `ttl` of watching it,
// also in a bucket without a time to live; where the bucket has one, it must not be below `ttl`.
//
// One io_context thread. The bucket and the clock outlive the lock. Destroying a held lock releases
// nothing: it expires.

#include <cstdint>
#include <optional>
#include <string>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "reliability/key_value.hpp"
#include "reliability/pause.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

struct LockConfig {
    Duration ttl = std::chrono::seconds(30);
    Duration retry_every = std::chrono::milliseconds(100);
};

// A name for this process that no other has: "<service>-<16 hex digits>".
std::string MakeOwnerId(std::string_view service);

class DistributedLock {
  public:
    struct Stats {
        bool held = false;
        uint64_t token = 0;
        uint64_t acquired = 0;
        uint64_t taken_over = 0;  // of these, from a holder that did not renew
        uint64_t contended = 0;   // tries that found it held
        uint64_t lost = 0;        // renewals that found it gone
    };

    // `owner` is unique among all who contend (MakeOwnerId).
    DistributedLock(
        KeyValue& bucket,
        std::string key,
        std::string owner,
        LockConfig config = {},
        const Clock& clock = DefaultClock(),
        Pause pause = TimerPause()
    );

    // Tries every `retry_every` until held. DeadlineExceeded with the holder's name; other errors
    // of the bucket are waited out too, the last one is in the message.
    Task<Status> Acquire(Deadline deadline);

    // One try. AlreadyExists where somebody else holds it.
    Task<Status> TryAcquire();

    // Holds it for another `ttl`. Aborted: lost, it is held no more. Other errors: not known, still
    // held until Held() says no.
    Task<Status> Renew();

    // Compare-and-delete: another holder's lock stays. OK where it was lost or never held.
    Task<Status> Release();

    // Whether it is surely ours at this moment, and for how long without a renewal.
    bool Held() const { return HeldFor().count() > 0; }
    Duration HeldFor() const;
    // Of the last acquisition; goes with every protected write.
    uint64_t token() const { return stats_.token; }
    const std::string& owner() const { return owner_; }
    const LockConfig& config() const { return config_; }
    Stats GetStats() const;

  private:
    // What a contender last saw of somebody else's lock.
    struct Seen {
        uint64_t revision = 0;
        Nanos since = 0;
    };

    Task<Status> Contend();
    Status Hold(const Result<uint64_t>& written, Nanos began, bool new_token);
    std::string Value() const;

    KeyValue& bucket_;
    const std::string key_;
    const std::string owner_;
    const LockConfig config_;
    const Clock& clock_;
    const Pause pause_;

    uint64_t revision_ = 0;  // of our own last write; 0: none
    Nanos held_until_ = 0;   // steady
    Seen seen_;
    Stats stats_;
};

}  // namespace mp::reliability
