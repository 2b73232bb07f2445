#pragma once
// Turns messages of the stream into commits of the engine: takes them apart, hands all events of a
// batch to one Append, and records which messages that settles. What cannot be read, or stands
// at a time that has not come, becomes a dead letter and is settled too.
//
// A coverage claim stands behind the data that it covers. Where messages come out of order (a batch
// that failed and comes again), a claim waits, as a note of the engine, until everything in front
// of it is committed.
//
// Whoever gets a share of the stream gets it in order, every message at least once: what lies
// between two of them is not his, and nothing waits.
//
// Where the store itself is damaged, only the messages that touch the damaged place are left out:
// they become dead letters, and reading that place fails with DataLoss.
//
// Handle runs on the puller's thread; floor() from any thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/message.hpp"
#include "storage/append_batch.hpp"
#include "storage/engine.hpp"
#include "storage/ingest/position_tracker.hpp"
#include "storage/ingest/reconciliation.hpp"
#include "storage/metrics.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

// One message, with what the ingest needs of it.
struct IngestMessage {
    uint64_t sequence = 0;
    std::string_view subject;
    std::string_view payload;
    Nanos stored = 0;  // when the stream took it
};

// The message with the highest sequence that is committed: by its time it is known again.
struct NewestMessage {
    uint64_t sequence = 0;
    Nanos stored = 0;

    friend bool operator==(const NewestMessage&, const NewestMessage&) = default;
};
// As the engine remembers it; nothing before the first commit.
Result<std::optional<NewestMessage>> LoadNewest(const Engine& engine);

// The messages of one shard of the stream.
struct StreamShare {
    uint32_t shard = 0;
    uint32_t shards = 1;
};

class Ingest {
  public:
    // `reason`, the bytes that nobody can use, the subject they came on.
    using DeadLetterSink =
        std::function<void(std::string reason, std::string_view bytes, std::string_view subject)>;

    // Engine and metrics outlive it.
    Ingest(
        Engine& engine,
        const StorageMetrics& metrics,
        DeadLetterSink dead_letters,
        const Clock& clock = DefaultClock(),
        std::optional<StreamShare> share = std::nullopt
    );

    // Takes up what the engine has and goes on at `position`. Not while Handle runs.
    Status Begin(StreamPosition position);

    // Commits the messages; OK: they are settled for good. Otherwise nothing changed. `gone`:
    // others that will never come, and that nothing waits for any more; of a share: up to there
    // nothing more comes.
    Status Handle(std::span<const IngestMessage> messages, std::span<const uint64_t> gone = {});

    // Everything up to this sequence is committed.
    uint64_t floor() const { return floor_.load(std::memory_order_relaxed); }
    uint64_t highest() const { return highest_.load(std::memory_order_relaxed); }
    // How many messages are missing between those committed.
    uint64_t holes() const { return holes_.load(std::memory_order_relaxed); }
    bool settled() const { return floor() == highest(); }
    // Events received and not accounted for (reconciliation.hpp). Not while Handle runs.
    uint64_t difference() const { return account_.difference(); }

  private:
    using Deferred = std::map<uint64_t, std::string>;
    // What the commit at hand could not read.
    struct Refused {
        std::string reason;
        std::string_view bytes;
        std::string_view subject;
    };
    // What a commit does with deferred claims whose time has come.
    enum class ReadyClaims : uint8_t { kTake, kLeave, kDrop };

    Status CommitAll(std::span<const IngestMessage> messages, std::span<const uint64_t> gone);
    Status Commit(
        std::span<const IngestMessage> messages,
        std::span<const uint64_t> settled,
        ReadyClaims claims
    );
    Status CommitOneByOne(
        std::span<const IngestMessage> messages, std::span<const uint64_t> settled
    );
    void NoteNewest(std::span<const IngestMessage> messages);
    void Mark(uint64_t sequence);
    void TakeApart(const IngestMessage& message);
    void AddEntry(const IngestMessage& message, const wire::BatchEntry& entry);
    bool IsTooEarly(const model::Event& event) const;
    bool HasClaims(const IngestMessage& message) const;
    void AddReadyClaims(ReadyClaims claims);
    void SetAside(const IngestMessage& message, const Status& why);
    void Refuse(const IngestMessage& message, std::string_view bytes, const Status& why);
    void SendRefused();
    SeriesId SeriesOf(const model::Instrument& instrument, model::DataType type, SeriesId& cached);
    void ShowPosition();
    void Defer(uint64_t sequence, const std::string& payload);
    void Count(const AppendOutcome& outcome, std::span<const IngestMessage> messages);

    Engine& engine_;
    const StorageMetrics& metrics_;
    DeadLetterSink dead_letters_;
    const Clock& clock_;
    const std::optional<StreamShare> share_;  // nothing: all messages

    PositionTracker position_;  // committed
    PositionTracker next_;      // with the batch at hand
    NewestMessage newest_;
    Reconciliation account_;
    Deferred deferred_;
    std::vector<uint64_t> deferred_done_;
    std::atomic<uint64_t> floor_{0};
    std::atomic<uint64_t> highest_{0};
    std::atomic<uint64_t> holes_{0};

    // Reused for every batch.
    AppendBatch batch_;
    std::vector<Refused> refused_;
    wire::BatchReader reader_;
    wire::EventDecoder decoder_;
    std::vector<SeriesId> series_;         // of the message at hand: instrument x data type
    std::vector<uint32_t> message_of_;     // of each entry of the batch
    std::vector<EventCounters> counters_;  // by series
    std::vector<bool> counters_known_;
};

}  // namespace mp::storage
