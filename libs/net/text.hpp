#pragma once
// Small text operations on std::string_view (Debian's absl has a string_view of its own). Only
// libs/net uses it.

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace mp::net {

inline void AppendPiece(std::string_view text, std::string& out) {
    out.append(text);
}
template <std::integral Number>
void AppendPiece(Number number, std::string& out) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// Texts and integers, one after the other.
template <class... Pieces>
void AppendText(std::string& out, const Pieces&... pieces) {
    (AppendPiece(pieces, out), ...);
}
template <class... Pieces>
std::string Text(const Pieces&... pieces) {
    std::string out;
    AppendText(out, pieces...);
    return out;
}

inline char LowerCase(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Without spaces and tabs at both ends.
inline std::string_view Trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Calls `take` with every piece between separators ("a//b" has three) until it returns false;
// whether it never did.
template <class Take>
bool Split(std::string_view text, char separator, Take take) {
    for (;;) {
        const size_t end = text.find(separator);
        if (!take(text.substr(0, end))) return false;
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
}

}  // namespace mp::net
