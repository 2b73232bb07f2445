#pragma once
// Makes a request that changes something happen once, however often it is sent: the key is reserved
// before the work begins, the result is stored when it ends, and a repeat gets that result for 24
// h.
//
//   auto begun = co_await store.Begin(user, key, Sha256(body), deadline);
//   if (begun.ok() && begun->result) co_return *begun->result;      // a repeat
//   ... do the work ...
//   co_await store.Finish(begun->reservation, result, deadline);    // or Forget, if it had no
//   effect
//
// Of two equal requests at the same time one works, the other waits for its result. A reservation
// whose holder died is given to the next after `pending_for`: longer than any request may take. One
// io_context thread. The bucket's time to live is 24 h or none.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "reliability/key_value.hpp"
#include "reliability/pause.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

struct IdempotencyConfig {
    Duration keep = std::chrono::hours(24);
    Duration pending_for = std::chrono::minutes(5);
    Duration poll_every = std::chrono::milliseconds(100);
    size_t max_key_bytes = 255;
};

class IdempotencyStore {
  public:
    // The right to do the work.
    struct Reservation {
        std::string key;
        std::string fingerprint;
        uint64_t revision = 0;
    };

    struct Begun {
        std::optional<std::string> result;  // there already: a repeat, nothing to do
        Reservation reservation;            // otherwise
    };

    struct Stats {
        uint64_t reserved = 0;
        uint64_t replayed = 0;
        uint64_t waited = 0;  // for an equal request in progress
        uint64_t mismatched = 0;
        uint64_t taken_over = 0;  // from a holder that never finished
    };

    // `bucket` and `clock` outlive the store.
    explicit IdempotencyStore(
        KeyValue& bucket,
        IdempotencyConfig config = {},
        const Clock& clock = DefaultClock(),
        Pause pause = TimerPause()
    );

    // `scope` (the user) and `key` are any text; `fingerprint` is a digest of everything that makes
    // requests equal: method, path, body. InvalidArgument: key empty or too long.
    // FailedPrecondition: the key belongs to a different request. Aborted: the equal request is
    // still in progress at `deadline`. Otherwise the bucket's error.
    Task<Result<Begun>> Begin(
        std::string scope, std::string key, std::string fingerprint, Deadline deadline
    );

    // Stores the result (up to 1 MB). Aborted: too late, another has taken the reservation over.
    Task<Status> Finish(Reservation reservation, std::string result, Deadline deadline);

    // The work was not done: the next equal request may do it.
    Task<Status> Forget(Reservation reservation);

    Stats GetStats() const { return stats_; }

  private:
    // Reserves, or says what an existing entry means; nothing: wait.
    Task<Result<std::optional<Begun>>> Try(Reservation wanted, std::string pending);
    Begun Reserved(Reservation reservation, uint64_t revision);

    KeyValue& bucket_;
    const IdempotencyConfig config_;
    const Clock& clock_;
    const Pause pause_;
    Stats stats_;
};

}  // namespace mp::reliability
