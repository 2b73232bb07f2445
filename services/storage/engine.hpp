#pragma once
// What a store can do, whatever it is made of. Two kinds exist: RocksDB (one machine, no server)
// and ClickHouse; every kind passes the same conformance suite (engine_conformance_test.cpp).
//
// Threads: Intern and Append from one thread at a time (the ingest thread); everything else from
// any thread, beside them. Calls block: never on an io_context's thread.
//
// Errors common to all calls: Unavailable (cannot be reached, or is read-only after a failure),
// ResourceExhausted (disk full), DataLoss (stored bytes are damaged), Internal.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"
#include "model/interval_set.hpp"
#include "storage/append_batch.hpp"
#include "storage/byte_sink.hpp"
#include "wire/trade_columns.hpp"

namespace mp::storage {

inline constexpr model::Interval kAllTime{
    std::numeric_limits<Nanos>::min(), std::numeric_limits<Nanos>::max()};

// The first instant behind one; the end of time is its own.
constexpr Nanos Behind(Nanos time) {
    return time == kAllTime.to ? time : time + 1;
}

enum class Verdict : uint8_t {
    kStored,
    kDuplicate,  // was there already (the smallest received_ts is kept)
    kConflict,   // same identity, other content: the first one is kept, this one is a dead letter
};

// What became of a batch. A claim is stored where it says something new.
struct AppendOutcome {
    std::vector<Verdict> events;  // as in AppendBatch::entries
    std::vector<Verdict> claims;  // as in AppendBatch::claims
};

enum class Direction : uint8_t { kForward, kBackward };

struct ScanRange {
    model::Interval time = kAllTime;  // of order_ts
    // Only rows behind this key, seen in the direction of the scan; empty: from the range's edge.
    std::string after;
    Direction direction = Direction::kForward;
    // A long read that should not push hot data out of the cache.
    bool bulk = false;
};

// Rows of one series in order. Sees what was committed when it was made, and perhaps later rows.
// Holds resources of the engine: keep it for a page, not for the life of a client. Must not outlive
// the engine. Not thread-safe.
class KeyCursor {
  public:
    virtual ~KeyCursor() = default;

    // Moves to the next row (the first one at the first call); false at the end or at an error, and
    // at every call after that.
    virtual bool Next() = 0;
    virtual Status status() const = 0;

    // Valid until the next call. That of model::AppendKey.
    virtual std::string_view key() const = 0;
};

class Cursor : public KeyCursor {
  public:
    // Valid until the next call. The bytes of one Event.
    virtual std::string_view event() const = 0;
};

class TradeCursor : public KeyCursor {
  public:
    // Valid until the next call.
    virtual const wire::TradeRow& trade() const = 0;
};

struct SeriesEntry {
    SeriesId id = 0;
    model::Series series;
    uint64_t events = 0;
    uint64_t duplicates = 0;  // since start
    uint64_t conflicts = 0;   // since start
};

// What became of all that was appended to a series since the engine was opened, as the engine
// itself keeps account of it; claims count for the instrument's coverage series.
struct Tally {
    uint64_t stored = 0;
    uint64_t duplicates = 0;
    uint64_t conflicts = 0;

    uint64_t sum() const { return stored + duplicates + conflicts; }
};

struct BackupOrder {
    std::filesystem::path to;  // a full path, on this machine
    uint32_t keep = 0;         // of the backups there only the newest so many stay; 0: all
};

struct BackupReport {
    uint32_t id = 0;
    uint64_t bytes = 0;         // of the whole backup
    uint64_t copied_bytes = 0;  // about so many of them were not there yet
    uint64_t events = 0;        // at least
    uint64_t floor = 0;         // of the position in it
    Status purged;              // why older backups that should go are still there
};

// 0..1, from any thread; false asks to stop.
using OnBackupProgress = std::function<bool(double fraction)>;

struct EngineStatistics {
    uint64_t events = 0;
    uint64_t bytes_on_disk = 0;
    uint64_t disk_free_bytes = 0;
    uint64_t cache_bytes = 0;  // held in memory by what the configuration lets it cache
    uint64_t series = 0;
};

// Takes writes, or only answers queries.
enum class EndpointRole : uint8_t { kPrimary, kReplica };

// A server that the engine speaks to, and what it was asked since the start.
struct EndpointState {
    std::string shard;
    std::string url;
    EndpointRole role = EndpointRole::kPrimary;
    bool used = true;          // false: it is away, or not known to have what others have
    uint64_t connections = 0;  // in use now
    uint64_t opened = 0;       // connections
    uint64_t waits = 0;        // calls that found all connections in use
    uint64_t refused = 0;      // of those, the ones that got none in time
    uint64_t reads = 0;        // queries that a replica answered
    uint64_t failures = 0;     // queries that it did not; another one was asked
};

// A long deletion is done in slices, so that appending goes on in between.
struct DeletionSlice {
    uint64_t events = 0;  // deleted by this call
    std::string next;     // hand it to the next call; empty: finished
};

// Moving an instrument is done in slices, too.
struct MoveSlice {
    uint64_t rows = 0;  // copied by this call
    std::string next;   // hand it to the next call; empty: finished
};

// What WriteParquet wrote. Times are order_ts.
struct WrittenRows {
    uint64_t rows = 0;
    Nanos first = 0;  // where there are rows
    Nanos last = 0;
    std::string last_key;  // where the limit ended it
    bool more = false;     // there are rows behind it
};

// What a step of upkeep did.
struct UpkeepStep {
    uint64_t packed_trades = 0;
    uint64_t packed_bytes = 0;
    uint64_t unpacked_blocks = 0;  // since the step before: one of their trades has changed
    bool more = false;             // there is more to do at once
};

// What queries read from.
class SeriesReader {
  public:
    virtual ~SeriesReader() = default;

    virtual std::optional<SeriesId> Find(const model::Series& series) const = 0;
    virtual std::vector<SeriesEntry> ListSeries() const = 0;
    virtual Result<std::unique_ptr<Cursor>> Scan(SeriesId series, const ScanRange& range) const = 0;

    // OK where WriteParquet works, Unimplemented saying what does instead.
    virtual Status WritesParquet() const {
        return absl::UnimplementedError(
            "Parquet is written by a ClickHouse server (storage.engine: clickhouse); csv and "
            "ndjson are written by storage itself"
        );
    }
    // The rows that a forward Scan gives, at most `limit` of them, as the bytes of a Parquet file;
    // none where there are no rows. Blocks for as long as the server takes. Aborted: they were
    // deleted or moved meanwhile.
    virtual Result<WrittenRows> WriteParquet(
        SeriesId /*series*/,
        const ScanRange& /*range*/,
        uint64_t /*limit*/,
        const ByteSink& /*sink*/
    ) const {
        return WritesParquet();
    }

    // The same rows of a series of trades, forward, decoded as far as columns tell of them: an
    // engine may have them faster than it has their events. DataLoss where one is no trade.
    virtual Result<std::unique_ptr<TradeCursor>> ScanTrades(SeriesId series, const ScanRange& range)
        const;
};

class Engine : public SeriesReader {
  public:
    virtual std::string_view name() const = 0;

    // The series' number; a new one is kept by the first Append that uses it.
    virtual SeriesId Intern(const model::Series& series) = 0;

    // Commits the whole batch durably, or nothing of it. Repeating a batch changes nothing.
    virtual Result<AppendOutcome> Append(const AppendBatch& batch) = 0;

    // From here on, events may be missing in front of what is appended next: whatever a series
    // claims, the time between its claims so far and its first later event (or claim, if that comes
    // first) stays a gap with this reason.
    virtual Status DeclareLoss(std::string_view reason) = 0;

    // Deletes the events of an interval of order_ts. Nothing claims that interval complete any
    // more.
    virtual Result<DeletionSlice> DeleteRange(
        SeriesId series, model::Interval time, std::string_view resume
    ) = 0;
    // Deletes the events received before `received_before`, and takes the claims over them back.
    virtual Result<DeletionSlice> Expire(
        SeriesId series, Nanos received_before, std::string_view resume
    ) = 0;

    // Moves all series of an instrument to another part of the store, while appending and reading
    // go on. Broken off and begun anew it goes on. InvalidArgument: no such part; NotFound: nothing
    // is stored of it; FailedPrecondition: it is on its way elsewhere; Unimplemented: the store has
    // no parts.
    virtual Result<MoveSlice> MoveInstrument(
        const model::Instrument& /*instrument*/,
        std::string_view /*to*/,
        std::string_view /*resume*/
    ) {
        return absl::UnimplementedError("the engine " + std::string(name()) + " has no shards");
    }

    // What Append recorded last.
    virtual Result<std::optional<StreamPosition>> Position() const = 0;
    virtual Result<std::vector<Note>> Notes() const = 0;

    virtual Result<EngineStatistics> Statistics() const = 0;
    // Changed by Append alone, so that its thread reads what is settled. 0 for an id never given.
    virtual Tally TallyOf(SeriesId series) const = 0;

    // Copies the store as it is now, while appending and reading go on. InvalidArgument: no fit
    // folder; Unimplemented: this engine's server does that; Cancelled: asked to stop.
    virtual Result<BackupReport> Backup(
        const BackupOrder& /*order*/, const OnBackupProgress& /*on_progress*/
    ) {
        return absl::UnimplementedError(
            "the engine " + std::string(name()) + " is backed up with its server's own means"
        );
    }
    // A short piece of the work that makes reading faster and changes no answer, beside everything
    // else; one call at a time.
    virtual Result<UpkeepStep> Upkeep() { return UpkeepStep{}; }
    // Why appending does not work now; OK where it does, as far as is known.
    virtual Status Health() const = 0;
    // What is amiss that costs no call so far: copies that are away or behind, and since when.
    virtual Status Redundancy() const { return OkStatus(); }
    // The servers that the engine speaks to, always the same ones in the same order; an embedded
    // one has none. From any thread.
    virtual std::vector<EndpointState> Endpoints() const { return {}; }
    // Who stops does not wait for a server that does not answer: once `deadline` has passed, calls
    // under way and later ones end as Unavailable. From any thread.
    virtual void GiveUpAt(Deadline /*deadline*/) {}
    // What opening had to repair, for the log; empty: nothing.
    virtual std::string_view recovery() const = 0;
};

}  // namespace mp::storage
