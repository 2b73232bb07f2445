#pragma once
// A side of a book as the columns of marketprism.v1.BookSide. Inside libs/wire only.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/event.hpp"
#include "wire/field_writer.hpp"

namespace mp::wire {

constexpr size_t MaxSideSize(size_t levels) {
    // Two columns of mantissas, two of scales, two common scales; each column's header.
    return levels * 2 * (kMaxVarint + 1) + 4 * kMaxBytesHeader + 2 * 2 + kWriteSlack;
}

// The content of the message: at the smallest common scale, or with one scale a level where that
// does not fit 64 bits.
void WriteSide(std::span<const model::Level> levels, FieldWriter& out);

// Its content read back into canonical decimals. Reusable; keeps its memory.
class SideReader {
  public:
    // What is wrong with the bytes, or null. `out` is replaced.
    const char* Read(std::string_view bytes, std::vector<model::Level>& out);

  private:
    std::vector<int64_t> prices_;
    std::vector<int64_t> quantities_;
    std::vector<uint64_t> price_scales_;
    std::vector<uint64_t> quantity_scales_;
};

// The canonical decimal; false where it is none.
bool MakeDecimal(int64_t mantissa, uint64_t scale, Decimal& out);

}  // namespace mp::wire
