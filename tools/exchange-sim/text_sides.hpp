#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_writer.hpp"

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
    // The same for lists of levels: [["1.5","2",...],...]
    void SetAll(std::string_view bids, std::string_view asks) {
        SetEach(bids_, bids);
        SetEach(asks_, asks);
    }

    // The best `limit` levels: write(price, quantity) gives the elements of each.
    template <typename Side, typename Write>
    static void WriteSide(
        JsonWriter& json, std::string_view name, const Side& side, std::size_t limit, Write&& write
    ) {
        json.Key(name).Open('[');
        for (const auto& [key, level] : side) {
            if (limit-- == 0) break;
            json.Open('[');
            write(level.first, level.second);
            json.Close(']');
        }
        json.Close(']');
    }

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

    template <typename Side>
    static void SetEach(Side& side, std::string_view levels) {
        ForEachElement(levels, [&side](std::string_view level) {
            std::string_view parts[2];
            std::size_t count = 0;
            ForEachElement(level, [&](std::string_view part) {
                if (count < 2) parts[count] = Unquoted(part);
                ++count;
            });
            if (count >= 2) Set(side, parts[0], parts[1]);
        });
    }

    Bids bids_;
    Asks asks_;
};

}  // namespace mp::sim
