#pragma once
// The names of an object's members that are of interest, told from each other and from others in a
// few instructions. At least 8 bytes are readable behind every text that is compared with them.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "collector/venues/json/scalar.hpp"

namespace mp::collector::json {

static_assert(std::endian::native == std::endian::little);

// Of at least one character.
class Name {
  public:
    consteval Name() = default;
    consteval explicit Name(std::string_view text) : text_(text) {
        const size_t head = text.size() < 8 ? text.size() : 8;
        for (size_t i = 0; i < head; ++i) {
            head_ |= uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
            mask_ |= uint64_t{0xff} << (8 * i);
        }
        for (size_t i = 0; i < 8 && text.size() > 8; ++i) {
            tail_ |= uint64_t{static_cast<unsigned char>(text[text.size() - 8 + i])} << (8 * i);
        }
    }

    constexpr std::string_view text() const noexcept { return text_; }

    // Whether the text at `p` begins so.
    bool Begins(const char* p) const noexcept {
        if ((detail::Load8(p) & mask_) != head_) return false;
        const size_t size = text_.size();
        if (size <= 8) return true;
        if (detail::Load8(p + size - 8) != tail_) return false;
        return size <= 16 || std::memcmp(p + 8, text_.data() + 8, size - 16) == 0;
    }
    bool Is(std::string_view key) const noexcept {
        return key.size() == text_.size() && Begins(key.data());
    }

  private:
    std::string_view text_;
    uint64_t head_ = 0;  // the first eight characters
    uint64_t mask_ = 0;  // those of them that there are
    uint64_t tail_ = 0;  // the last eight, where there are more than eight
};

template <size_t N>
class Names {
  public:
    // Where a key stands that is none of them.
    static constexpr size_t kNone = N;

    template <typename... Text>
    // NOLINTNEXTLINE(google-explicit-constructor): written like the array that it is.
    consteval Names(const Text&... names) : names_{Name(std::string_view(names))...} {
        for (const Name& name : names_) seen_ |= Bit(name.text());
    }

    static constexpr size_t size() { return N; }
    const Name& operator[](size_t at) const noexcept { return names_[at]; }

    // Where the key stands, looked for from `next` on.
    size_t Find(std::string_view key, size_t next) const noexcept {
        if ((seen_ & Bit(key)) == 0) return kNone;
        for (size_t tried = 0; tried < N; ++tried) {
            const size_t at = next + tried < N ? next + tried : next + tried - N;
            if (names_[at].Is(key)) return at;
        }
        return kNone;
    }

  private:
    // By length and first and last letter: most keys that are of no interest are told at once.
    static constexpr uint64_t Bit(std::string_view key) noexcept {
        if (key.empty()) return 0;
        const auto first = static_cast<unsigned char>(key.front());
        const auto last = static_cast<unsigned char>(key.back());
        return uint64_t{1} << ((first * 5 + last * 3 + key.size()) & 63);
    }

    std::array<Name, N> names_;
    uint64_t seen_ = 0;
};

template <typename... Text>
Names(const Text&...) -> Names<sizeof...(Text)>;

}  // namespace mp::collector::json
