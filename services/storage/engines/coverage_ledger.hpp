#pragma once
// Keeps the coverage rows of a store few and honest: a claim that extends an earlier one of the
// same source lengthens its row instead of adding one, and time whose events were deleted or lost
// is never claimed complete again (a repair may claim it).
//
// A row is an ordinary event of the instrument's coverage series, under its ordinary key. The
// ledger remembers the newest row of each (data type, basis, state, source) and the withdrawn
// intervals, reads the rest from the engine, and puts what must be written into RowChanges. Owned
// by an engine and guarded by its write lock.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/coverage.hpp"
#include "model/interval_set.hpp"
#include "storage/append_batch.hpp"

namespace mp::storage {

// Rows to write (or, without a value, to delete) in the engine's next commit, by series and key.
using RowChanges = std::map<std::pair<SeriesId, std::string>, std::optional<std::string>>;

// The committed rows of coverage series.
class CoverageRows {
  public:
    virtual ~CoverageRows() = default;
    virtual Result<std::optional<std::string>> Get(SeriesId series, std::string_view key) const = 0;
    virtual Result<std::vector<std::string>> All(SeriesId series) const = 0;  // events, in order
};

class CoverageLedger {
  public:
    // Who withdraws claims; also the source of rows that say so.
    static constexpr std::string_view kSource = "storage";

    explicit CoverageLedger(const CoverageRows& rows) : rows_(rows) {}

    // Adds a claim. Complete claims count from `trusted_from` on. True where it said anything new.
    Result<bool> Add(const AppendBatch::Claim& claim, Nanos trusted_from, RowChanges& changes);

    // Takes back what claims `interval`, and records why. `detected`: now.
    Status Withdraw(
        SeriesId series,
        model::DataType type,
        model::Interval interval,
        std::string_view reason,
        Nanos detected,
        RowChanges& changes
    );

    // Records that events may be missing between the end of the claims and `until`.
    Status RecordLoss(
        SeriesId series,
        model::DataType type,
        Nanos until,
        std::string_view reason,
        Nanos detected,
        RowChanges& changes
    );

    // From the first to the last instant that anything claims to be complete.
    Result<std::optional<model::Interval>> Claimed(SeriesId series, model::DataType type) const;

    // Forgets what it remembers: after a commit that failed, or rows that changed behind its back.
    void Forget() { instruments_.clear(); }

  private:
    struct Row {
        model::DataType type = model::DataType::kUnspecified;
        model::CoverageSpan span;
        Nanos received_ts = 0;
    };
    using Group =
        std::tuple<model::DataType, model::CoverageBasis, model::CoverageState, std::string>;
    struct Head {
        Row row;
        uint64_t touched = 0;
    };
    struct Instrument {
        std::map<Group, Head> heads;
        std::map<model::DataType, model::IntervalSet> withdrawn;
        uint64_t touches = 0;
    };

    Result<Instrument*> Load(SeriesId series);
    void Remember(Instrument& instrument, const Row& row);
    Result<bool> AddComplete(
        SeriesId series,
        Instrument& instrument,
        const Row& claim,
        model::Interval trusted,
        RowChanges& changes
    );
    Result<bool> AddPiece(SeriesId series, Instrument& instrument, Row piece, RowChanges& changes);
    Result<bool> AddRecord(SeriesId series, const Row& record, RowChanges& changes);
    Result<bool> PutLonger(SeriesId series, Row& row, RowChanges& changes);
    Result<std::optional<Row>> Find(
        SeriesId series, const std::string& key, const RowChanges& changes
    ) const;
    Result<std::vector<Row>> AllRows(SeriesId series, const RowChanges& changes) const;

    static bool Positive(model::CoverageState state);
    static Group GroupOf(const Row& row);
    static std::string KeyOf(const Row& row);
    static std::string Encode(const Row& row);
    static Result<Row> Decode(std::string_view event);

    const CoverageRows& rows_;
    std::unordered_map<SeriesId, Instrument> instruments_;
};

}  // namespace mp::storage
