#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "exchange-sim/replay.hpp"
#include "exchange-sim/text_sides.hpp"

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
    void Continue(std::string_view delta);

    TextSides sides_;
    std::deque<std::string> recent_;
    std::int64_t last_ = 0;
    bool seeded_ = false;
    bool current_ = false;
    bool bridged_ = false;
};

}  // namespace mp::sim::binance
