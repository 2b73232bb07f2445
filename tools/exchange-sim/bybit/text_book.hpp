#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange-sim/stream_book.hpp"

namespace mp::sim::bybit {

// An order book made from recorded messages, in the exchange's own text.
class TextBook final : public StreamBook {
  public:
    // REST answers; nobody recorded any.
    void Seed(std::string_view answer) override;
    // A message of the stream: snapshot or delta.
    void Apply(std::string_view message) override;
    // The `result` of a REST answer.
    std::string Render(std::size_t limit) const override;
    std::string RenderStream(std::string_view stream) const override;

  private:
    void Take(std::string_view data);
    void WriteSides(JsonWriter& json, std::size_t limit) const;

    std::string symbol_;
    std::int64_t update_ = 0;
    std::int64_t sequence_ = 0;
    std::int64_t sent_ms_ = 0;
    std::int64_t engine_ms_ = 0;
};

}  // namespace mp::sim::bybit
