#pragma once
// Which trades of a series count where bars are counted off: venues may offer single fills and
// aggregated trades of the same market, and both together would count everything twice. Of each
// second of UTC the fills count where it has any, the aggregated trades otherwise: a rule that
// holds wherever reading begins, as long as that is the beginning of a second.

#include <absl/functional/function_ref.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/event.hpp"

namespace mp::storage {

// A trade without its ids.
struct ChosenTrade {
    std::string_view key;
    Nanos order_ts = 0;
    Nanos received_ts = 0;
    model::Trade trade;
};

// Holds back the aggregated trades of one second, no more. Not thread-safe.
class TradeChoice {
  public:
    // Each is told of the trades that count, in order; an error of it ends the call and the choice.
    using Each = absl::FunctionRef<Status(const ChosenTrade&)>;

    static Nanos StartOfSecond(Nanos time);

    // `row` is a trade's, in the order of the series.
    Status Add(std::string_view key, const model::Event& row, Each each);
    // There are no more rows.
    Status Finish(Each each);

  private:
    struct Held {
        std::string key;
        ChosenTrade trade;
    };

    std::optional<Nanos> second_;
    bool has_fills_ = false;
    std::vector<Held> held_;
};

}  // namespace mp::storage
