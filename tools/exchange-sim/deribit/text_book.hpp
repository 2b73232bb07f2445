#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange-sim/stream_book.hpp"

namespace mp::sim::deribit {

// An order book made from recorded messages, in the exchange's own text.
class TextBook final : public StreamBook {
  public:
    // A REST answer.
    void Seed(std::string_view answer) override;
    // A message of the stream: snapshot or change.
    void Apply(std::string_view message) override;
    // The `result` of a REST answer.
    std::string Render(std::size_t limit) const override;
    std::string RenderStream(std::string_view stream) const override;

  private:
    void WriteSides(JsonWriter& json, std::size_t limit, bool actions) const;

    std::int64_t change_id_ = 0;
    std::string time_ = "0";
};

}  // namespace mp::sim::deribit
