#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange-sim/replay.hpp"
#include "exchange-sim/text_sides.hpp"

namespace mp::sim::deribit {

// An order book made from recorded messages, in the exchange's own text.
class TextBook final : public RecordedBook {
  public:
    // A REST answer.
    void Seed(std::string_view answer) override;
    // A message of the stream: snapshot or change.
    void Apply(std::string_view message) override;
    bool current() const override { return seeded_; }
    // The `result` of a REST answer.
    std::string Render(std::size_t limit) const override;
    std::string RenderStream(std::string_view stream) const override;

  private:
    TextSides sides_;
    std::int64_t change_id_ = 0;
    std::string time_ = "0";
    bool seeded_ = false;
};

}  // namespace mp::sim::deribit
