#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exchange-sim/stream_book.hpp"

namespace mp::sim::okx {

// An order book made from recorded messages, in the exchange's own text. Early recordings have no
// numbers; what it renders then has none either.
class TextBook final : public StreamBook {
  public:
    // REST answers; nobody recorded any.
    void Seed(std::string_view answer) override;
    // A message of the stream: snapshot or update.
    void Apply(std::string_view message) override;
    bool current() const override;
    std::string Render(std::size_t limit) const override;
    std::string RenderStream(std::string_view stream) const override;
    std::string Unproven(std::string_view message) const override;

  private:
    void Take(std::string_view row, bool whole);
    void WriteSides(JsonWriter& json, std::size_t limit) const;

    std::optional<std::int64_t> sequence_;
    std::int64_t checksum_ = 0;  // of the last message; 0: it had none
    std::string time_;
};

}  // namespace mp::sim::okx
