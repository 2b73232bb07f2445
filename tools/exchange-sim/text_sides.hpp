#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_text.hpp"

namespace mp::sim {

// Both sides of a book as the exchange's own text: what books made from recorded messages keep.
class TextSides {
  public:
    using Level = std::pair<std::string, std::string>;  // price, quantity
    using Bids = std::map<DecimalKey, Level, std::greater<>>;
    using Asks = std::map<DecimalKey, Level>;

    const Bids& bids() const { return bids_; }
    const Asks& asks() const { return asks_; }

    void Clear() {
        bids_.clear();
        asks_.clear();
    }

    // A quantity of 0 removes the level. What is no decimal is left out.
    void SetBid(std::string_view price, std::string_view quantity) { Set(bids_, price, quantity); }
    void SetAsk(std::string_view price, std::string_view quantity) { Set(asks_, price, quantity); }

  private:
    template <typename Side>
    static void Set(Side& side, std::string_view price, std::string_view quantity) {
        const auto key = ParseDecimalKey(price);
        if (!key) return;
        if (IsZeroText(quantity)) {
            side.erase(*key);
        } else {
            side[*key] = {std::string(price), std::string(quantity)};
        }
    }

    Bids bids_;
    Asks asks_;
};

// Calls fn(price, quantity) with the parts `at` and `at + 1` of each level of
// [["1.5","2",...],...].
template <typename Fn>
void ForEachLevel(std::string_view levels, Fn&& fn, std::size_t at = 0) {
    ForEachElement(levels, [&](std::string_view level) {
        std::string_view parts[2];
        std::size_t index = 0;
        ForEachElement(level, [&](std::string_view part) {
            if (index >= at && index < at + 2) parts[index - at] = Unquoted(part);
            ++index;
        });
        if (index >= at + 2) fn(parts[0], parts[1], level);
    });
}

}  // namespace mp::sim
