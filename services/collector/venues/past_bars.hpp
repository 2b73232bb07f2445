#pragma once
// Bars of the past: one request an interval that an instrument's bars are streamed in. They stand
// where they end, as bars told afterwards do at every venue.

#include <algorithm>
#include <chrono>
#include <string_view>
#include <variant>
#include <vector>

#include "base/duration.hpp"
#include "base/time.hpp"
#include "model/candle.hpp"
#include "model/event.hpp"
#include "model/interval_set.hpp"

namespace mp::collector {

// When the bar that opens then closes. `interval` is one of ours: "1m" "1h" "1d".
inline Nanos EndOfBar(std::string_view interval, Nanos open) {
    const auto bars = model::CandleInterval::Parse(interval);
    return bars.ok() ? bars->CloseOf(open) : open;
}

// Where the bars open that may end in `range`.
inline model::Interval OpeningsOf(std::string_view interval, model::Interval range) {
    const auto bars = model::CandleInterval::Parse(interval);
    if (!bars.ok()) return range;
    return {bars->OpenOf(std::max<Nanos>(range.from - 1, 0)), range.to};
}

// Leaves those that have ended by `now`, each where it ends.
inline void KeepEnded(Nanos now, std::vector<model::Event>& bars) {
    for (model::Event& event : bars) {
        auto& bar = std::get<model::Kline>(event.body);
        const Nanos end = EndOfBar(bar.interval, bar.open_time);
        bar.close_time = end - kMillisecond;
        bar.closed = end <= now;
        event.exchange_ts = end;
        event.order_ts = end;
    }
    std::erase_if(bars, [](const model::Event& event) {
        return !std::get<model::Kline>(event.body).closed;
    });
}

// What one request of so many bars reaches over, whatever their interval.
inline Duration StepOfBars(int64_t page) {
    return std::chrono::minutes(1) * (page - 3);
}

}  // namespace mp::collector
