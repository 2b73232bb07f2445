#pragma once
// Puts texts and numbers together. Pure.

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace mp::storage::clickhouse {

inline void AppendPiece(std::string& out, std::string_view text) {
    out += text;
}
template <std::integral Number>
void AppendPiece(std::string& out, Number number) {
    out += std::to_string(number);
}

template <typename... Pieces>
void Append(std::string& out, const Pieces&... pieces) {
    (AppendPiece(out, pieces), ...);
}

template <typename... Pieces>
std::string Concat(const Pieces&... pieces) {
    std::string out;
    Append(out, pieces...);
    return out;
}

// The whole text as a number; false where it is none.
template <std::integral Number>
bool ParseNumber(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace mp::storage::clickhouse
