#pragma once
// OKX's checksum: CRC-32 of "bid price:bid quantity:ask price:ask quantity:..." over the best 25
// levels, a side that is exhausted left out, in the exchange's own words. Those are the plain ones:
// no exponent, no needless zeros. IsPlain tells whether a message keeps to that; where it does not,
// the checksum says nothing about a book that only knows values.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "collector/book/book_checksum.hpp"

namespace mp::collector::okx {

// Whether every price and quantity in the JSON array of levels is written the plain way.
bool IsPlain(std::string_view levels) noexcept;

// Renders a level only when it comes, and computes only from the first level that changed.
class InterleavedChecksum final : public BookChecksum {
  public:
    uint32_t Of(const model::OrderBook& book) override;

  private:
    static constexpr size_t kDepth = 25;

    struct Line {
        model::Level level;
        uint8_t size = 0;
        std::array<char, 47> text;  // ":price:quantity"

        std::string_view view() const { return {text.data(), size}; }
        void Render(const model::Level& from);
    };
    struct Side {
        std::array<Line, kDepth> lines;
        size_t count = 0;

        // Takes over the best levels (best last); the first index that changed.
        size_t Update(std::span<const model::Level> levels);
    };

    Side bids_;
    Side asks_;
    std::array<uint32_t, kDepth + 1> crcs_{};  // behind so many levels of both sides
    bool computed_ = false;
};

}  // namespace mp::collector::okx
