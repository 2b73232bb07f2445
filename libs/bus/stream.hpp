#pragma once
// Streams of the broker: created or brought to their configuration, looked at, purged.
//
// Errors of all calls: Unavailable and DeadlineExceeded (broker away, JetStream not ready yet),
// NotFound (no such stream), ResourceExhausted (broker's storage), else what the broker says.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/connection.hpp"
#include "runtime/task.hpp"

namespace mp::bus {

enum class Retention : uint8_t { kLimits, kInterest, kWorkQueue };
enum class Discard : uint8_t { kOld, kNew };  // when full: drop the oldest, or refuse the new
enum class Storage : uint8_t { kFile, kMemory };

struct StreamConfig {
    std::string name;
    std::vector<std::string> subjects;
    std::string description;
    Retention retention = Retention::kLimits;
    Discard discard = Discard::kOld;
    Storage storage = Storage::kFile;
    int64_t max_bytes = -1;                 // -1: no limit
    int64_t max_messages = -1;              // -1: no limit
    int64_t max_messages_per_subject = -1;  // -1: no limit
    std::chrono::nanoseconds max_age{0};    // 0: for ever
    std::chrono::nanoseconds duplicate_window = std::chrono::minutes(2);
    int replicas = 1;
    bool allow_rollup = false;
    bool allow_direct = false;
    bool deny_delete = false;
};

struct StreamInfo {
    StreamConfig config;
    Nanos created = 0;  // the incarnation: a stream deleted and made again has another one
    uint64_t first_sequence = 0;  // of the oldest message kept; last_sequence + 1 when empty
    uint64_t last_sequence = 0;   // 0 when nothing was ever stored
    uint64_t messages = 0;
    uint64_t bytes = 0;
    int64_t consumers = 0;
};

// Creates the stream, or changes an existing one to `config` (limits, age, subjects, replicas).
// FailedPrecondition where the broker cannot change what differs (retention, storage): the message
// names the settings.
runtime::Task<Result<StreamInfo>> EnsureStream(
    Connection& connection, StreamConfig config, Deadline deadline
);

runtime::Task<Result<StreamInfo>> GetStreamInfo(
    Connection& connection, std::string stream, Deadline deadline
);

// Removes all messages up to and including `sequence`; how many that were.
runtime::Task<Result<uint64_t>> PurgeUpTo(
    Connection& connection, std::string stream, uint64_t sequence, Deadline deadline
);

struct StoredMessage {
    uint64_t sequence = 0;
    std::string subject;
    std::string payload;
    Nanos stored = 0;
};

// The message of a stream at `sequence`. NotFound where it was removed or never was.
runtime::Task<Result<StoredMessage>> GetStoredMessage(
    Connection& connection, std::string stream, uint64_t sequence, Deadline deadline
);

// The newest one whose subject matches. NotFound where there is none.
runtime::Task<Result<StoredMessage>> GetNewestMessage(
    Connection& connection, std::string stream, std::string subject, Deadline deadline
);

// OK where there is none.
runtime::Task<Status> DeleteStoredMessage(
    Connection& connection, std::string stream, uint64_t sequence, Deadline deadline
);

// OK where there is none.
runtime::Task<Status> DeleteStream(Connection& connection, std::string stream, Deadline deadline);

}  // namespace mp::bus
