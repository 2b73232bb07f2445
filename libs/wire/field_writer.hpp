#pragma once
// Writes protobuf fields to memory that the caller has made large enough. Inside libs/wire only.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "wire/varint.hpp"

namespace mp::wire {

enum class WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

constexpr uint32_t Tag(uint32_t field, WireType type) {
    return field << 3 | static_cast<uint32_t>(type);
}

// Upper bounds of a field, its tag included (field numbers up to 15).
inline constexpr size_t kMaxNumberField = 1 + kMaxVarint;
inline constexpr size_t kFixedField = 1 + 8;
inline constexpr size_t kMaxDecimalField = 2 + kMaxNumberField + 2;
inline constexpr size_t kMaxBytesHeader = 1 + kMaxVarint;

constexpr size_t MaxTextField(std::string_view text) {
    return kMaxBytesHeader + text.size();
}

// Field numbers up to 15 only: their tags are one byte.
class FieldWriter {
  public:
    explicit FieldWriter(char* out) : p_(out) {}

    char* end() const { return p_; }

    void PutTag(uint32_t field, WireType type) { *p_++ = static_cast<char>(Tag(field, type)); }
    void PutVarint(uint64_t value) { p_ = WriteVarint(p_, value); }
    void PutBytes(std::string_view bytes) {
        if (bytes.empty()) return;  // perhaps null
        std::memcpy(p_, bytes.data(), bytes.size());
        p_ += bytes.size();
    }

    // Fields whose default means absence are left out at their default.
    void Number(uint32_t field, uint64_t value) {
        if (value != 0) AlwaysNumber(field, value);
    }
    template <typename Enum>
    void Choice(uint32_t field, Enum value) {
        Number(field, static_cast<uint64_t>(value));
    }
    void Fixed(uint32_t field, int64_t value) {
        if (value != 0) AlwaysFixed(field, value);
    }
    void Text(uint32_t field, std::string_view text) {
        if (text.empty()) return;
        PutTag(field, WireType::kBytes);
        PutVarint(text.size());
        PutBytes(text);
    }

    // Fields with presence are written at any value.
    void AlwaysNumber(uint32_t field, uint64_t value) {
        PutTag(field, WireType::kVarint);
        PutVarint(value);
    }
    void AlwaysFixed(uint32_t field, int64_t value) {
        PutTag(field, WireType::kFixed64);
        std::memcpy(p_, &value, sizeof(value));
        p_ += sizeof(value);
    }
    void Value(uint32_t field, const Decimal& value) {
        PutTag(field, WireType::kBytes);
        char* const length = p_++;
        Number(1, ZigZag(value.mantissa));
        Number(2, value.scale);
        *length = static_cast<char>(p_ - length - 1);
    }
    void Present(uint32_t field, const std::optional<Decimal>& value) {
        if (value) Value(field, *value);
    }
    void Present(uint32_t field, const std::optional<uint64_t>& value) {
        if (value) AlwaysNumber(field, *value);
    }
    void Present(uint32_t field, const std::optional<Nanos>& value) {
        if (value) AlwaysFixed(field, *value);
    }

    // A nested message or packed column: `write(*this)` writes its content. `expected` is a guess
    // of its size; a wrong one costs a move.
    template <typename Write>
    void Nested(uint32_t field, size_t expected, Write write) {
        PutTag(field, WireType::kBytes);
        char* const length = p_;
        p_ += VarintSize(expected);
        char* const content = p_;
        write(*this);
        const auto size = static_cast<size_t>(p_ - content);
        char* const place = length + VarintSize(size);
        if (place != content) {
            std::memmove(place, content, size);
            p_ = place + size;
        }
        // Byte by byte: the content already stands behind it.
        WriteLongVarint(length, size);
    }

  private:
    char* p_;
};

}  // namespace mp::wire
