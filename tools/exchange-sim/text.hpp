#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Small pieces of text work on std::string_view (Debian's absl has a string_view of its own, which
// does not convert).
namespace mp::sim {

namespace detail {

inline void Append(std::string& out, std::string_view text) {
    out += text;
}

template <std::integral T>
requires(!std::same_as<T, char>) void Append(std::string& out, T number) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace detail

// Texts and integers, one behind the other.
template <typename... Parts>
std::string Concat(const Parts&... parts) {
    std::string out;
    (detail::Append(out, parts), ...);
    return out;
}

// The parts between separators; empty ones are left out.
inline std::vector<std::string_view> Split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = text.find(separator);
        if (end != 0) parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return parts;
}

// Before and after the first `=`.
inline std::pair<std::string_view, std::string_view> SplitAssignment(std::string_view text) {
    const std::size_t at = text.find('=');
    if (at == std::string_view::npos) return {text, {}};
    return {text.substr(0, at), text.substr(at + 1)};
}

template <typename Range>
std::string Join(const Range& parts, std::string_view separator) {
    std::string out;
    for (const auto& part : parts) {
        if (!out.empty()) out += separator;
        out += part;
    }
    return out;
}

// The whole text as a number, or nothing.
template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

inline bool ConsumePrefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

inline bool IsUpperOrDigit(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// ASCII only: symbols may hold UTF-8, which stays as it is.
inline std::string Upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

inline std::string Lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

}  // namespace mp::sim
