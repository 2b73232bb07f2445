#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exchange-sim/replay.hpp"
#include "exchange-sim/text_sides.hpp"

namespace mp::sim::okx {

// An order book made from recorded messages, in the exchange's own text. Early recordings have no
// numbers; what it renders then has none either.
class TextBook final : public RecordedBook {
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

    TextSides sides_;
    std::optional<std::int64_t> sequence_;
    std::int64_t checksum_ = 0;  // of the last message; 0: it had none
    std::string time_;
    bool seeded_ = false;
};

}  // namespace mp::sim::okx
