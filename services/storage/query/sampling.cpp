#include "storage/query/sampling.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/big_endian.hpp"
#include "base/int128.hpp"

namespace mp::storage {
namespace {

// From here on a seek to the interval's end costs less than reading on.
constexpr size_t kSeekBehind = 4096;

Nanos Clamped(Int128 time) {
    return static_cast<Nanos>(std::clamp(time, Int128{kAllTime.from}, Int128{kAllTime.to}));
}

Nanos BeginOf(int64_t sample, Nanos every) {
    return Clamped(Int128{sample} * every);
}

Nanos EndOf(int64_t sample, Nanos every) {
    return Clamped((Int128{sample} + 1) * every);
}

class SampledCursor final : public Cursor {
  public:
    SampledCursor(
        const SeriesReader& engine, SeriesId series, ScanRange range, Nanos every, size_t& rows_read
    )
        : engine_(engine),
          series_(series),
          every_(every),
          rows_read_(rows_read),
          range_(std::move(range)) {
        if (range_.after.empty()) return;
        PassOver(SampleOf(ReadSortable(range_.after), every_));
        range_.after.clear();
    }

    Status Open() {
        auto rows = engine_.Scan(series_, range_);
        if (!rows.ok()) return rows.status();
        rows_ = *std::move(rows);
        return OkStatus();
    }

    bool Next() override { return forward() ? NextForward() : NextBackward(); }
    Status status() const override { return status_.ok() ? rows_->status() : status_; }
    std::string_view key() const override { return row_.key; }
    std::string_view event() const override { return row_.event; }

  private:
    struct Row {
        std::string key;
        std::string event;
    };

    bool forward() const { return range_.direction == Direction::kForward; }
    int64_t Sample() const { return SampleOf(ReadSortable(rows_->key()), every_); }
    void Take(Row& row) const {
        row.key = rows_->key();
        row.event = rows_->event();
    }
    bool Read() {
        ++rows_read_;
        return rows_->Next();
    }

    // What is left of the range begins behind the interval.
    void PassOver(int64_t sample) {
        if (forward()) {
            range_.time.from = std::max(range_.time.from, EndOf(sample, every_));
        } else {
            range_.time.to = std::min(range_.time.to, BeginOf(sample, every_));
        }
    }

    bool Reopen() {
        status_ = Open();
        return status_.ok();
    }

    bool NextForward() {
        if (!waiting_) {
            if (!Read()) return false;
            waiting_ = true;
        }
        const int64_t sample = Sample();
        Take(row_);
        for (size_t read = 0; Read(); ++read) {
            if (Sample() != sample) return true;
            if (read == kSeekBehind) return SeekLast(sample);
            Take(row_);
        }
        waiting_ = false;
        return rows_->status().ok();
    }

    // The interval's last row, from its end.
    bool SeekLast(int64_t sample) {
        ScanRange last = range_;
        last.direction = Direction::kBackward;
        last.time.to = std::min(last.time.to, EndOf(sample, every_));
        const auto rows = engine_.Scan(series_, last);
        status_ = rows.ok() ? OkStatus() : rows.status();
        if (!rows.ok()) return false;
        ++rows_read_;
        const bool found = (*rows)->Next();
        status_ = (*rows)->status();
        if (!status_.ok()) return false;
        if (found) row_ = {std::string((*rows)->key()), std::string((*rows)->event())};
        PassOver(sample);
        waiting_ = false;
        return Reopen();
    }

    bool NextBackward() {
        for (size_t read = 0; Read(); ++read) {
            const int64_t sample = Sample();
            if (given_ != sample) {
                given_ = sample;
                Take(row_);
                return true;
            }
            if (read < kSeekBehind) continue;
            PassOver(sample);
            if (!Reopen()) return false;
        }
        return false;
    }

    const SeriesReader& engine_;
    const SeriesId series_;
    const Nanos every_;
    size_t& rows_read_;
    ScanRange range_;  // what is left of it
    std::unique_ptr<Cursor> rows_;
    bool waiting_ = false;          // forward: the cursor's row is of an interval not given yet
    std::optional<int64_t> given_;  // backward: the interval given last
    Row row_;
    Status status_;
};

bool IsState(model::DataType type) {
    switch (type) {
        case model::DataType::kTrade:
        case model::DataType::kBbo:
        case model::DataType::kTicker:
        case model::DataType::kMarkPrice:
        case model::DataType::kFundingRate:
        case model::DataType::kOpenInterest:
        case model::DataType::kBookSnapshot:
            return true;
        default:
            return false;
    }
}

}  // namespace

Status CheckSampling(model::DataType type, Nanos every) {
    if (!IsState(type)) {
        return absl::InvalidArgumentError(
            "every: is for trade, bbo, ticker, mark_price, funding_rate, open_interest and "
            "book_snapshot, whose last event of an interval stands for it; not for " +
            std::string(model::ToString(type))
        );
    }
    if (every >= kShortestSample && every <= kLongestSample) return OkStatus();
    return absl::InvalidArgumentError("every: must be from 1ms to 366d");
}

int64_t SampleOf(Nanos time, Nanos every) {
    return time / every - (time % every < 0 ? 1 : 0);
}

Result<std::unique_ptr<Cursor>> ScanSampled(
    const SeriesReader& engine,
    SeriesId series,
    const ScanRange& range,
    Nanos every,
    size_t& rows_read
) {
    auto cursor = std::make_unique<SampledCursor>(engine, series, range, every, rows_read);
    MP_RETURN_IF_ERROR(cursor->Open());
    return cursor;
}

}  // namespace mp::storage
