#include "model/candle.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "base/int128.hpp"

namespace mp::model {
namespace {

constexpr Nanos kDay = 86400 * kSecond;
constexpr Nanos kLongest = 36500 * kDay;
constexpr Nanos kFirstMonday = 4 * kDay;  // 1970-01-05

// The unit's length; months have none.
Nanos LengthOf(char unit) {
    switch (unit) {
        case 's':
            return kSecond;
        case 'm':
            return 60 * kSecond;
        case 'h':
            return 3600 * kSecond;
        case 'd':
            return kDay;
        case 'w':
            return 7 * kDay;
        default:
            return 0;
    }
}

Nanos Clamp(Int128 time) {
    constexpr Int128 kMin = std::numeric_limits<Nanos>::min();
    constexpr Int128 kMax = std::numeric_limits<Nanos>::max();
    return static_cast<Nanos>(std::clamp(time, kMin, kMax));
}

Int128 FloorDivide(Int128 value, Int128 by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

int64_t MonthOf(Nanos time) {
    const std::chrono::sys_time<std::chrono::nanoseconds> point{std::chrono::nanoseconds{time}};
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(point)};
    return (static_cast<int>(date.year()) - 1970) * 12 +
           static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

Nanos StartOfMonth(int64_t month) {
    const auto date = std::chrono::year{1970} / std::chrono::January / 1 +
                      std::chrono::months{static_cast<int>(month)};
    return Clamp(Int128{std::chrono::sys_days{date}.time_since_epoch().count()} * kDay);
}

// The boundary `bars` bars behind the one that `time`'s bar opens with.
Nanos Boundary(Nanos time, int64_t count, char unit, int bars) {
    if (unit == 'M') {
        const auto bar = static_cast<int64_t>(FloorDivide(MonthOf(time), count));
        return StartOfMonth((bar + bars) * count);
    }
    const Int128 length = Int128{count} * LengthOf(unit);
    const Nanos origin = unit == 'w' ? kFirstMonday : 0;
    return Clamp(origin + (FloorDivide(Int128{time} - origin, length) + bars) * length);
}

}  // namespace

Result<CandleInterval> CandleInterval::Parse(std::string_view text) {
    int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view rest = text.substr(static_cast<size_t>(end - text.data()));
    if (error == std::errc{} && count >= 1 && text[0] != '0' && rest.size() == 1) {
        const Nanos length = rest[0] == 'M' ? 30 * kDay : LengthOf(rest[0]);
        if (length != 0 && count <= kLongest / length) return CandleInterval(count, rest[0]);
    }
    return absl::InvalidArgumentError(
        "not an interval such as 1s, 15m, 4h, 1d, 1w or 1M: " + std::string(text.substr(0, 40))
    );
}

Nanos CandleInterval::OpenOf(Nanos time) const {
    return Boundary(time, count_, unit_, 0);
}

Nanos CandleInterval::CloseOf(Nanos time) const {
    return Boundary(time, count_, unit_, 1);
}

std::string CandleInterval::ToString() const {
    return std::to_string(count_) + unit_;
}

Status CandleBuilder::Add(Nanos order_ts, const Trade& trade, std::vector<Candle>& out) {
    if (bar_ && order_ts < bar_->open_time) {
        return absl::FailedPreconditionError("trades must come in the order of their series");
    }
    if (bar_ && order_ts >= bar_->close_time) Finish(out);
    if (bar_) return bar_->sums.Add(trade);
    Bar bar{interval_.OpenOf(order_ts), interval_.CloseOf(order_ts), {}};
    MP_RETURN_IF_ERROR(bar.sums.Add(trade));
    bar_ = bar;
    return OkStatus();
}

void CandleBuilder::Finish(std::vector<Candle>& out) {
    if (!bar_) return;
    out.push_back(bar_->sums.ToCandle(bar_->open_time, bar_->close_time));
    bar_.reset();
}

}  // namespace mp::model
