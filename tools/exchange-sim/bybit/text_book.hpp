#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange-sim/replay.hpp"
#include "exchange-sim/text_sides.hpp"

namespace mp::sim::bybit {

// An order book made from recorded messages, in the exchange's own text.
class TextBook final : public RecordedBook {
  public:
    // REST answers; nobody recorded any.
    void Seed(std::string_view answer) override;
    // A message of the stream: snapshot or delta.
    void Apply(std::string_view message) override;
    bool current() const override { return seeded_; }
    // The `result` of a REST answer.
    std::string Render(std::size_t limit) const override;
    std::string RenderStream(std::string_view stream) const override;

  private:
    void Take(std::string_view data);

    TextSides sides_;
    std::string symbol_;
    std::int64_t update_ = 0;
    std::int64_t sequence_ = 0;
    std::int64_t sent_ms_ = 0;
    std::int64_t engine_ms_ = 0;
    bool seeded_ = false;
};

}  // namespace mp::sim::bybit
