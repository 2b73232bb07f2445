#include "model/ahead.hpp"

#include <algorithm>

namespace mp::model {

Nanos NewestTime(const Event& event) {
    const Nanos newest = std::max(event.order_ts, event.exchange_ts.value_or(event.order_ts));
    const auto* claim = std::get_if<Coverage>(&event.body);
    return claim == nullptr ? newest : std::max(newest, claim->to_ts);
}

}  // namespace mp::model
