#include "storage/query/query_meter.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

// Asking for the time costs more than a row.
constexpr uint64_t kRowsPerLook = 1024;
constexpr std::string_view kAdvice = ": narrow the interval, or ask for less at a time";

template <class Base>
class Metered : public Base {
  public:
    Metered(std::unique_ptr<Base> rows, QueryMeter& meter)
        : rows_(std::move(rows)), meter_(meter) {}

    bool Next() final {
        if (!status_.ok() || !rows_->Next()) return false;
        if (meter_.AddRow()) return true;
        status_ = meter_.Check();
        return false;
    }
    Status status() const final { return status_.ok() ? rows_->status() : status_; }
    std::string_view key() const final { return rows_->key(); }

  protected:
    const std::unique_ptr<Base> rows_;

  private:
    QueryMeter& meter_;
    Status status_;
};

class MeteredCursor final : public Metered<Cursor> {
  public:
    using Metered::Metered;
    std::string_view event() const override { return rows_->event(); }
};

class MeteredTrades final : public Metered<TradeCursor> {
  public:
    using Metered::Metered;
    const wire::TradeRow& trade() const override { return rows_->trade(); }
};

}  // namespace

QueryLimits QueryLimits::Before(Deadline deadline) const {
    const Duration left = deadline.Left();
    const Duration leeway = std::max<Duration>(20ms, left / 50);
    const Duration callers = std::max<Duration>(left - leeway, 1ms);
    if (max_time.count() != 0 && max_time <= callers) return *this;
    return {max_rows, callers, true};
}

QueryMeter::QueryMeter(QueryLimits limits, const Clock& clock)
    : limits_(limits), clock_(clock), began_(clock.Steady()) {}

bool QueryMeter::WithinLimits() {
    look_at_ = rows_ + kRowsPerLook;
    if (limits_.max_rows != 0) look_at_ = std::min(look_at_, limits_.max_rows + 1);
    return Check().ok();
}

Status QueryMeter::Check() {
    if (cut_ == Cut::kNone) {
        if (limits_.max_rows != 0 && rows_ > limits_.max_rows) {
            cut_ = Cut::kRows;
        } else if (limits_.max_time.count() != 0 && elapsed() > limits_.max_time) {
            cut_ = Cut::kTime;
        }
    }
    switch (cut_) {
        case Cut::kRows:
            return absl::OutOfRangeError(
                "the query reads more than " + std::to_string(limits_.max_rows) +
                " stored rows (query.max_rows)" + std::string(kAdvice)
            );
        case Cut::kTime:
            return absl::DeadlineExceededError(
                "the query takes longer than " +
                (limits_.callers_time ? "its caller waits"
                                      : FormatDuration(limits_.max_time) + " (query.max_time)") +
                std::string(kAdvice)
            );
        case Cut::kNone:
            break;
    }
    return OkStatus();
}

Result<std::unique_ptr<Cursor>> MeteredReader::Scan(SeriesId series, const ScanRange& range) const {
    MP_RETURN_IF_ERROR(meter_.Check());
    Result<std::unique_ptr<Cursor>> rows = reader_.Scan(series, range);
    if (!rows.ok()) return rows.status();
    return std::make_unique<MeteredCursor>(*std::move(rows), meter_);
}

Result<std::unique_ptr<TradeCursor>> MeteredReader::ScanTrades(
    SeriesId series, const ScanRange& range
) const {
    MP_RETURN_IF_ERROR(meter_.Check());
    Result<std::unique_ptr<TradeCursor>> trades = reader_.ScanTrades(series, range);
    if (!trades.ok()) return trades.status();
    return std::make_unique<MeteredTrades>(*std::move(trades), meter_);
}

}  // namespace mp::storage
