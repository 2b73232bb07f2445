#include "model/count_bar.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace mp::model {
namespace {

constexpr uint64_t kMostTrades = 1'000'000'000;

Interval DayOf(Nanos time) {
    const CandleInterval day = CandleInterval::OneDay();
    return {day.OpenOf(time), day.CloseOf(time)};
}

Nanos Behind(Nanos time) {
    return time == std::numeric_limits<Nanos>::max() ? time : time + 1;
}

// "0.5", "1000": digits with at most one point between them, no leading zeros.
bool IsPlainDecimal(std::string_view text) {
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) return false;
    if (text.empty() || text.front() == '.' || text.back() == '.') return false;
    return text.front() != '0' || text.size() == 1 || text[1] == '.';
}

}  // namespace

Result<CountInterval> CountInterval::Parse(std::string_view text) {
    const std::string_view value = text.substr(0, text.empty() ? 0 : text.size() - 1);
    if (text.ends_with('t')) {
        uint64_t trades = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), trades);
        const bool whole = error == std::errc{} && end == value.data() + value.size();
        if (whole && value[0] != '0' && trades <= kMostTrades) return CountInterval(trades, {});
    }
    if (text.ends_with('v') && IsPlainDecimal(value)) {
        const std::optional<Decimal> volume = Decimal::Parse(value);
        if (volume && !volume->IsZero()) return CountInterval(0, *volume);
    }
    return absl::InvalidArgumentError(
        "not a number of trades such as 100t, nor a volume such as 0.5v: " +
        std::string(text.substr(0, 40))
    );
}

bool CountInterval::IsFull(const TradeBar& bar) const {
    return by_volume() ? bar.volume().AtLeast(volume_) : bar.trade_count() >= trades_;
}

std::string CountInterval::ToString() const {
    return by_volume() ? volume_.ToString() + "v" : std::to_string(trades_) + "t";
}

Result<BarInterval> ParseBarInterval(std::string_view text) {
    if (const auto timed = CandleInterval::Parse(text); timed.ok()) return BarInterval(*timed);
    if (const auto counted = CountInterval::Parse(text); counted.ok()) return BarInterval(*counted);
    return absl::InvalidArgumentError(
        "not an interval such as 1s, 15m, 4h, 1d, 1w, 1M, 100t or 0.5v: " +
        std::string(text.substr(0, 40))
    );
}

void CountBarBuilder::Resume(uint64_t number, Nanos counted_to) {
    bar_ = {};
    day_ = DayOf(counted_to == std::numeric_limits<Nanos>::min() ? counted_to : counted_to - 1);
    number_ = number;
    counted_to_ = counted_to;
}

Status CountBarBuilder::Add(Nanos order_ts, const Trade& trade) {
    if (interval_.by_volume() && !CountsBase(trade)) {
        const bool quote = trade.quantity_unit == QuantityUnit::kQuote;
        return absl::InvalidArgumentError(
            std::string("interval: volume bars count the base currency; these trades count ") +
            (quote ? "the quote currency" : "contracts")
        );
    }
    const bool first = empty();
    MP_RETURN_IF_ERROR(bar_.Add(trade));
    close_time_ = Behind(order_ts);
    if (!first) return OkStatus();
    open_time_ = order_ts;
    if (!day_.Contains(order_ts)) {
        day_ = DayOf(order_ts);
        number_ = 0;
        counted_to_ = day_.from;
    }
    return OkStatus();
}

CountedBar CountBarBuilder::Finish() {
    CountedBar bar{bar_.ToCandle(open_time_, close_time_), {}};
    bar.candle.number = number_++;
    // Trades of one instant may be in two bars.
    bar.needed.from = std::min(counted_to_, open_time_);
    bar.needed.to = full() ? close_time_ : day_.to;
    counted_to_ = close_time_;
    bar_ = {};
    return bar;
}

}  // namespace mp::model
