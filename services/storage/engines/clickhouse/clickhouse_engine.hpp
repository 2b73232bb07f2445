#pragma once
// The engine for what one machine cannot hold: tables of ClickHouse servers, one a data type, laid
// out as migrations.cpp says, spread as placement.hpp says. One writer at a time, of the store or,
// where several instances share it, of a lane.
//
// Exactly once: the writer asks for what may be stored already before it writes, and every row
// carries a revision, of which the last one under a key counts. So neither a repeated insert nor
// one that was given up and arrives late is ever seen twice.

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"
#include "storage/engine.hpp"
#include "storage/engines/clickhouse/appender.hpp"
#include "storage/engines/clickhouse/cluster.hpp"
#include "storage/engines/clickhouse/commit.hpp"
#include "storage/engines/clickhouse/coverage_cache.hpp"
#include "storage/engines/clickhouse/features.hpp"
#include "storage/engines/clickhouse/fence.hpp"
#include "storage/engines/clickhouse/lane.hpp"
#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/clickhouse/placement.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/coverage_ledger.hpp"

namespace mp::storage::clickhouse {

class ClickHouseEngine final : public LaneEngine {
  public:
    // Leads from the start where the lane is the whole store.
    ClickHouseEngine(ClickHouseConfig config, Lane lane, const Clock& clock);

    // Connects and reads what is stored; calls that write do it by themselves where it is needed.
    Status Load() ABSL_LOCKS_EXCLUDED(write_);

    std::string_view name() const override { return "clickhouse"; }
    SeriesId Intern(const model::Series& series) override { return table_.Intern(series).id; }
    Result<AppendOutcome> Append(const AppendBatch& batch) override ABSL_LOCKS_EXCLUDED(write_);
    Status DeclareLoss(std::string_view reason) override ABSL_LOCKS_EXCLUDED(write_);
    std::optional<SeriesId> Find(const model::Series& series) const override
        ABSL_LOCKS_EXCLUDED(write_);
    std::vector<SeriesEntry> ListSeries() const override ABSL_LOCKS_EXCLUDED(write_);
    Result<std::unique_ptr<Cursor>> Scan(SeriesId series, const ScanRange& range) const override
        ABSL_LOCKS_EXCLUDED(write_);
    Status WritesParquet() const override ABSL_LOCKS_EXCLUDED(health_mutex_);
    Result<WrittenRows> WriteParquet(
        SeriesId series, const ScanRange& range, uint64_t limit, const ByteSink& sink
    ) const override ABSL_LOCKS_EXCLUDED(write_);
    Result<DeletionSlice> DeleteRange(
        SeriesId series, model::Interval time, std::string_view resume
    ) override ABSL_LOCKS_EXCLUDED(write_);
    Result<DeletionSlice> Expire(SeriesId series, Nanos received_before, std::string_view resume)
        override ABSL_LOCKS_EXCLUDED(write_);
    Result<MoveSlice> MoveInstrument(
        const model::Instrument& instrument, std::string_view to, std::string_view resume
    ) override ABSL_LOCKS_EXCLUDED(write_);
    Result<std::optional<StreamPosition>> Position() const override ABSL_LOCKS_EXCLUDED(write_);
    Result<std::vector<Note>> Notes() const override ABSL_LOCKS_EXCLUDED(write_);
    Result<EngineStatistics> Statistics() const override;
    Tally TallyOf(SeriesId series) const override { return table_.TallyOf(series); }
    Status Health() const override ABSL_LOCKS_EXCLUDED(health_mutex_);
    Status Redundancy() const override { return cluster_.Redundancy(); }
    std::vector<EndpointState> Endpoints() const override { return cluster_.Endpoints(); }
    void GiveUpAt(Deadline deadline) override { cluster_.GiveUpAt(deadline); }
    std::string_view recovery() const override { return {}; }

    Result<std::string> Unresigned() const override ABSL_LOCKS_EXCLUDED(write_);
    Status Lead(std::string_view writer) override ABSL_LOCKS_EXCLUDED(write_);
    void WriteUntil(Deadline deadline) override { fence_.MoveTo(deadline); }
    Status Resign() override ABSL_LOCKS_EXCLUDED(write_);

    bool Leads() const override { return leading_ && !fence_.until().Passed(); }
    // records::EncodeSeries of it.
    Result<std::string> NameOf(SeriesId series) const;
    // Of the lane that is the least far; nothing where one of them has none yet.
    Result<std::optional<StreamPosition>> LeastPosition() const ABSL_LOCKS_EXCLUDED(write_);

  private:
    // Which rows of a scan a deletion takes.
    struct Doomed {
        model::Interval time;
        std::optional<Nanos> received_before;
        std::string_view reason;
    };

    // Connects and loads where that was not done, where the last write ended nobody knows how, or
    // where somebody else wrote.
    Status Ready() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status Connect() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status CheckLanes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status ReadBack() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);

    const Lane& lane() const { return cluster_.lane(); }
    // Where it does not: what has changed since the last look.
    Status Refresh() const ABSL_LOCKS_EXCLUDED(write_);
    Status Follow() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status Widen(const std::vector<std::string>& intent) const
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    void LeadNoMore() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_)
        ABSL_LOCKS_EXCLUDED(health_mutex_);
    Status Aborted() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status TakeOver(std::string_view writer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);

    Status TakeRow(const StateRow& row, std::vector<std::string>& intent) const
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    void TakeDeleted(const StateRow& row) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    bool Holds(std::string_view instrument) const;
    // The series and the day that the row is about; no series: none of the lane's.
    Result<std::pair<SeriesState*, DayNumber>> PlaceOfDay(const StateRow& row) const;
    Status TakeSeries(const StateRow& row) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status TakeDay(const StateRow& row) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    // Counts the days anew that a commit was about to change when it broke off, and stores that
    // copies are dropped.
    Status Recount(const std::vector<std::string>& days, std::vector<StateRow> drops) const
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Result<Day> CountDay(const SeriesState& series, DayNumber day) const;
    uint64_t NextRevision() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_) { return revision_ += 2; }
    // What is in memory is no longer what is stored.
    void Failed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);

    Result<DeletionSlice> DeleteSlice(
        SeriesId series, const Doomed& doomed, std::string_view resume
    ) ABSL_LOCKS_EXCLUDED(write_);
    Result<DeletionSlice> DeleteNow(
        SeriesState& state, const Doomed& doomed, std::string_view resume
    ) ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    // A piece of what a move copies: rows of one series.
    struct Piece {
        SeriesState* series = nullptr;
        Nanos from = 0;  // both inclusive
        Nanos to = 0;
    };
    Result<MoveSlice> MoveNow(const model::Instrument& instrument, int to, std::string_view resume)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Status StoreMove(const model::Instrument& instrument, const Placement::Move& move)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    std::vector<SeriesState*> SeriesOf(const model::Instrument& instrument) const;
    // The first one at or behind this place; none: all is copied.
    std::optional<Piece> NextPiece(const model::Instrument& instrument, SeriesId series, Nanos from)
        const;
    Result<MoveSlice> CopyPiece(const Placement::Move& move, const Piece& piece) const;
    // What lies where the instrument is no longer; true: nothing, and the move is over.
    Result<bool> DeleteLeft(const model::Instrument& instrument, const Placement::Move& move)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    Result<model::Interval> Held(const SeriesState& state, SeriesId coverage) const
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);
    // Frees the days of a type on which no series has anything any more.
    Status DropEmptyDays(const SeriesState& state, const std::vector<DayNumber>& days)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_);

    // How asking ended; that it went well says nothing while writing fails.
    Status NoteHealth(const Status& status) const ABSL_LOCKS_EXCLUDED(health_mutex_);
    // How writing ended.
    Status NoteWrite(const Status& status) const ABSL_LOCKS_EXCLUDED(health_mutex_);

    const Clock& clock_;
    Fence fence_;
    mutable Cluster cluster_;
    mutable SeriesTable table_;

    // Reading back happens in calls that only ask as well.
    mutable Mutex write_;
    mutable Placement placement_ ABSL_GUARDED_BY(write_);
    mutable CoverageCache coverage_ ABSL_GUARDED_BY(write_);
    mutable CoverageLedger ledger_ ABSL_GUARDED_BY(write_);
    Appender appender_ ABSL_GUARDED_BY(write_);
    // Changed under the lock.
    mutable std::atomic<bool> leading_;
    // Looks at what others wrote are shared by all who asked before one began.
    mutable std::atomic<uint64_t> asked_{0};
    mutable uint64_t answered_ ABSL_GUARDED_BY(write_) = 0;
    mutable bool connected_ ABSL_GUARDED_BY(write_) = false;
    mutable bool current_ ABSL_GUARDED_BY(write_) = false;
    mutable uint64_t revision_ ABSL_GUARDED_BY(write_) = 0;
    mutable std::vector<std::string> losses_ ABSL_GUARDED_BY(write_);
    mutable std::optional<StreamPosition> position_ ABSL_GUARDED_BY(write_);
    mutable bool has_own_position_ ABSL_GUARDED_BY(write_
    ) = false;  // else that of the time before lanes
    mutable std::map<std::string, std::string, std::less<>> notes_ ABSL_GUARDED_BY(write_);

    mutable Mutex health_mutex_;
    mutable Status health_ ABSL_GUARDED_BY(health_mutex_);
    mutable Nanos unhealthy_since_ ABSL_GUARDED_BY(health_mutex_) = 0;
    mutable bool writing_fails_ ABSL_GUARDED_BY(health_mutex_) = false;
    mutable Features features_ ABSL_GUARDED_BY(health_mutex_);
};

}  // namespace mp::storage::clickhouse
