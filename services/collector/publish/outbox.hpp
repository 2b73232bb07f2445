#pragma once
// Everything that leaves for the broker: written to the spool first, published in order with a
// bounded number in flight, published again after a failure, forgotten once acknowledged.
//
// A claim is published only when every data record before it has been acknowledged, so that it
// never precedes what it covers. A record that the broker will never take goes to a side file,
// blocks nobody, and is claimed by nobody. One executor's thread; Run() does the work after
// failures, so it must be running.

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/publisher.hpp"
#include "collector/publish/unpublishable.hpp"
#include "collector/spool/spool.hpp"
#include "reliability/backoff.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

class Outbox {
  public:
    struct Config {
        bus::AsyncPublisher::Config publisher;
        Unpublishable::Config unpublishable;
        reliability::BackoffConfig retry{
            std::chrono::milliseconds(50),
            std::chrono::seconds(2),
            reliability::Jitter::kDecorrelated};
        int poison_after = 5;                       // refusals in a row that name no reason to hope
        std::function<Task<Status>()> make_stream;  // called where no stream takes our subjects
    };
    struct Stats {
        uint64_t published = 0;  // acknowledged records
        uint64_t failures = 0;   // publishes that were not
        uint64_t resends = 0;    // times that it began again from the first unacknowledged record
        uint64_t poisoned = 0;   // records in the side file
        uint64_t refused = 0;    // records that the full spool did not take
    };
    // Told of what a poisoned record held, before it is forgotten, and of room in the pipe: fewer
    // in flight than before.
    struct Callbacks {
        std::function<void(std::span<const LostEvents>)> on_poisoned;
        std::function<void()> on_room;
    };

    // Everything outlives the outbox.
    Outbox(bus::Connection& connection, Spool& spool, Config config, Callbacks callbacks);

    // OK: the record is in the spool and will be published. ResourceExhausted: the spool is full.
    Status Put(RecordKind kind, std::string_view subject, std::string_view payload);

    // Publishes what is in the spool and repeats what failed, until cancelled. Nothing leaves
    // before the first SetRoom.
    Task<Status> Run();

    // How many bytes the stream takes as of when SentAndDone() was `done`; more than that waits for
    // the next call. A stream that is filled to its last byte refuses too late: brokers before 2.10
    // make room for the overhead of the last message by dropping the oldest.
    void SetRoom(uint64_t bytes, uint64_t done);
    // Of everything published, what is certainly not in flight any more, in bytes.
    uint64_t SentAndDone() const;

    // Waits until everything has been acknowledged. Run() must be running.
    Task<Status> Drain(Deadline deadline);

    size_t in_flight() const { return publisher_.in_flight(); }
    bool empty() const { return spool_.trimmed() == spool_.last(); }
    const Stats& stats() const { return stats_; }
    const Spool& spool() const { return spool_; }
    // Why nothing goes through at the moment; OK while it does.
    Status trouble() const;

  private:
    enum class State : uint8_t { kHeld, kSent, kDone };
    struct Entry {
        uint64_t sequence = 0;
        RecordKind kind = RecordKind::kData;
        State state = State::kSent;
        std::string subject;  // of a held claim
        std::string payload;
    };

    void OnResult(uint64_t sequence, const Result<bus::PublishAck>& result);
    void Pump();
    bool Offer(const SpoolRecord& record);
    bool Send(const SpoolRecord& record);
    Status Publish(std::string_view subject, std::string_view payload, uint64_t sequence);
    void Advance();
    void ReleaseClaims();
    void Fail(const Status& why);
    void Poison(const SpoolRecord& record, const Status& why);
    bool PoisonBySequence(uint64_t sequence, const Status& why);
    Entry* Find(uint64_t sequence);
    Task<> Recover();

    Spool& spool_;
    const Config config_;
    const Callbacks callbacks_;
    bus::Connection& connection_;
    bus::AsyncPublisher publisher_;
    Unpublishable unpublishable_;
    Spool::Cursor cursor_;    // what it gives next has not been offered yet
    bool caught_up_ = false;  // nothing stands between the cursor and the end
    bool full_ = false;       // the stream, as far as SetRoom has told
    bool failed_ = false;     // everything unacknowledged must be offered again
    uint64_t sent_bytes_ = 0;
    std::optional<uint64_t> sent_limit_;  // of sent_bytes_; nothing: not known yet
    uint64_t suspect_ = 0;  // the record that the broker refused last, and how often in a row
    int refusals_ = 0;
    std::deque<Entry> entries_;  // offered and not yet trimmed, in order
    reliability::Backoff backoff_;
    Status trouble_;
    runtime::Condition changed_;
    bus::Subscription state_listener_;
    Stats stats_;
};

}  // namespace mp::collector
