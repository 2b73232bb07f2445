#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/replay.hpp"

namespace mp::sim::binance {

// An order book kept as the exchange's own text, by the documented rule: drop deltas with u <=
// last, then every U must be at most last + 1; of contracts, which name the update before as pu,
// that must be the last one. A snapshot may be older than deltas that came before it, so the latest
// ones are kept and applied again.
class TextBook final : public RecordedBook {
  public:
    void Seed(std::string_view snapshot) override;
    void Apply(std::string_view delta) override;
    bool current() const override { return current_; }
    std::string Render(std::size_t limit) const override;

    std::int64_t last_update_id() const { return last_; }

  private:
    using Level = std::pair<std::string, std::string>;  // price, quantity

    void Continue(std::string_view delta);

    template <typename Side>
    static void ApplySide(std::string_view levels, Side& side);
    template <typename Side>
    static void RenderSide(const Side& side, std::size_t limit, std::string& out);

    std::map<DecimalKey, Level, std::greater<>> bids_;
    std::map<DecimalKey, Level> asks_;
    std::deque<std::string> recent_;
    std::int64_t last_ = 0;
    bool seeded_ = false;
    bool current_ = false;
    bool bridged_ = false;
};

}  // namespace mp::sim::binance
