#pragma once
// Turns batches into commits: what is new, what repeats, what contradicts. The writer's part of the
// engine; all calls under its write lock.

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/append_batch.hpp"
#include "storage/engine.hpp"
#include "storage/engines/clickhouse/commit.hpp"
#include "storage/engines/clickhouse/coverage_cache.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/clickhouse/standing.hpp"
#include "storage/engines/coverage_ledger.hpp"
#include "storage/engines/same_event.hpp"

namespace mp::storage::clickhouse {

// What a series' row in the state says beside its name.
std::string EncodeSeriesRow(const SeriesState& series);
std::string EncodeDay(const Day& day);

class Appender {
  public:
    // Everything referenced outlives it.
    Appender(
        const Cluster& cluster,
        Placement& placement,
        SeriesTable& table,
        CoverageLedger& ledger,
        CoverageCache& coverage,
        const Clock& clock
    )
        : cluster_(cluster),
          placement_(placement),
          table_(table),
          ledger_(ledger),
          coverage_(coverage),
          clock_(clock),
          standing_(cluster) {}

    // `losses`: the reasons of all losses declared so far.
    Result<AppendOutcome> Append(
        const AppendBatch& batch, std::span<const std::string> losses, uint64_t revision
    );

  private:
    // A series that this batch touches, with what it will be once the batch is committed.
    struct Touched {
        SeriesState* state = nullptr;
        std::vector<uint32_t> entries;  // in order of arrival, later of key
        uint32_t losses_seen = 0;
        Nanos trusted_from = 0;
        std::string high_key;
        std::string high_identity;
        std::map<DayNumber, int64_t> days;  // events more, or less
        uint64_t duplicates = 0;
        uint64_t conflicts = 0;
        uint64_t news = 0;  // claims that say something new
        uint64_t known_claims = 0;
        Nanos first_ts = 0;          // of the entry that came first
        bool lost_resolved = false;  // it said its first word after a loss
    };
    using Group = std::span<const uint32_t>;

    Status Begin(const AppendBatch& batch);
    Touched& TouchedOf(SeriesId id);
    Status LoadHighs(SeriesState& state);
    // Calls `take(touched, group)` for the entries that claim to be one event, group after group.
    template <typename Take>
    void ForEachGroup(const AppendBatch& batch, Take take);
    Status ResolveLoss(
        Touched& touched, Nanos until, std::span<const std::string> losses, RowChanges& rows
    );
    void AddGroup(
        const AppendBatch& batch,
        Touched& touched,
        Group group,
        AppendOutcome& outcome,
        Commit& commit
    );
    static void JudgeGroup(
        const AppendBatch& batch,
        Touched& touched,
        std::span<const uint32_t> group,
        std::optional<Standing>& standing,
        AppendOutcome& outcome
    );
    Status AddClaims(
        const AppendBatch& batch,
        std::span<const std::string> losses,
        RowChanges& rows,
        AppendOutcome& outcome
    );
    void PutSeries(Commit& commit);
    void Settle();
    void Count();

    const Cluster& cluster_;
    Placement& placement_;
    SeriesTable& table_;
    CoverageLedger& ledger_;
    CoverageCache& coverage_;
    const Clock& clock_;

    std::deque<Touched> touched_;
    std::vector<Touched*> in_order_;  // those with entries, as the tables have them
    std::vector<uint32_t> slot_of_;   // series id -> slot in touched_, 0: none, else 1 + slot
    StandingEvents standing_;
};

}  // namespace mp::storage::clickhouse
