#pragma once
// What one query may cost: rows read of the store, and time. An answer that is given at once, or as
// a page, is cut off with an error that says which limit it was; nothing of it is given.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/deadline.hpp"
#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "storage/engine.hpp"

namespace mp::storage {

struct QueryLimits {
    uint64_t max_rows = 0;  // 0: any number
    Duration max_time{0};   // 0: any time
    // Whether max_time is what the caller waits for, less than the configuration allows.
    bool callers_time = false;

    // A moment before `deadline`, so that the caller hears why.
    QueryLimits Before(Deadline deadline) const;
};

// Counts one query's rows and time. Used by one thread after the other.
class QueryMeter {
  public:
    enum class Cut : uint8_t { kNone, kRows, kTime };

    explicit QueryMeter(QueryLimits limits, const Clock& clock = DefaultClock());

    // One row more was read. False: that is too much, Check says what.
    bool AddRow() { return ++rows_ < look_at_ || WithinLimits(); }
    // OutOfRange: too many rows, however often it is asked again. DeadlineExceeded: too long. For
    // good once it was said.
    Status Check();
    // Time in which nothing was done for the query, as its client took nothing.
    void Idled(Duration time) { idled_ += time.count(); }

    uint64_t rows() const { return rows_; }
    Duration elapsed() const { return Duration(clock_.Steady() - began_ - idled_); }
    Cut cut() const { return cut_; }

  private:
    bool WithinLimits();

    const QueryLimits limits_;
    const Clock& clock_;
    const Nanos began_;
    Nanos idled_ = 0;
    uint64_t rows_ = 0;
    uint64_t look_at_ = 0;  // rows at which the limits are looked at again
    Cut cut_ = Cut::kNone;
};

// Reads what `reader` has, on the account of a meter. Both outlive it and its cursors.
class MeteredReader final : public SeriesReader {
  public:
    MeteredReader(const SeriesReader& reader, QueryMeter& meter) : reader_(reader), meter_(meter) {}

    std::optional<SeriesId> Find(const model::Series& series) const override {
        return reader_.Find(series);
    }
    std::vector<SeriesEntry> ListSeries() const override { return reader_.ListSeries(); }
    Result<std::unique_ptr<Cursor>> Scan(SeriesId series, const ScanRange& range) const override;
    Result<std::unique_ptr<TradeCursor>> ScanTrades(SeriesId series, const ScanRange& range)
        const override;

  private:
    const SeriesReader& reader_;
    QueryMeter& meter_;
};

}  // namespace mp::storage
