#pragma once
// Between configuration text and C++ values. Errors are texts such as "expected a duration such as
// 250ms or 1h, got 5"; the Reader adds place and key.
//
// Types: bool, integers, double, std::string, std::chrono durations, and std::optional, std::vector
// and std::map<std::string, T> of these. A list given by a variable or --set may be written
// "a,b,c".

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "config/node.hpp"

namespace mp::config {

using ConvertError = std::optional<std::string>;

ConvertError Convert(const Node& node, bool& out);
ConvertError Convert(const Node& node, int64_t& out);
ConvertError Convert(const Node& node, uint64_t& out);
ConvertError Convert(const Node& node, double& out);
ConvertError Convert(const Node& node, std::string& out);
ConvertError Convert(const Node& node, Duration& out);
// "64KiB" "8MB" "1GiB", or plain bytes.
ConvertError ConvertBytes(const Node& node, uint64_t& out);

// As YAML would show it, in one line.
std::string Render(bool value);
std::string Render(int64_t value);
std::string Render(uint64_t value);
std::string Render(double value);
std::string Render(const std::string& value);
std::string Render(Duration value);

// The items of a list; of a plain text from a variable or --set, its parts between commas.
Result<std::vector<Node>> ItemsOf(const Node& node);
ConvertError ExpectMap(const Node& node);

template <std::integral T>
requires(!std::same_as<T, bool> && !std::same_as<T, int64_t> && !std::same_as<T, uint64_t>)
    ConvertError Convert(const Node& node, T& out) {
    std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t> wide = 0;
    if (ConvertError error = Convert(node, wide)) return error;
    if (!std::in_range<T>(wide)) {
        return "must lie between " + std::to_string(std::numeric_limits<T>::min()) + " and " +
               std::to_string(std::numeric_limits<T>::max()) + ", got " + std::to_string(wide);
    }
    out = static_cast<T>(wide);
    return std::nullopt;
}

template <typename Rep, typename Period>
requires(!std::same_as<std::chrono::duration<Rep, Period>, Duration>) ConvertError
    Convert(const Node& node, std::chrono::duration<Rep, Period>& out) {
    Duration exact{};
    if (ConvertError error = Convert(node, exact)) return error;
    out = std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(exact);
    if (Duration(out) != exact) {
        return "must be a multiple of " + FormatDuration(std::chrono::duration<Rep, Period>(1));
    }
    return std::nullopt;
}

template <typename T>
ConvertError Convert(const Node& node, std::optional<T>& out) {
    return Convert(node, out.emplace());
}

template <typename T>
ConvertError Convert(const Node& node, std::vector<T>& out) {
    const Result<std::vector<Node>> items = ItemsOf(node);
    if (!items.ok()) return std::string(items.status().message());
    out.clear();
    for (const Node& item : *items) {
        T value{};
        if (ConvertError error = Convert(item, value)) {
            return "item " + std::to_string(out.size() + 1) + ": " + *error;
        }
        out.push_back(std::move(value));
    }
    return std::nullopt;
}

template <typename T>
ConvertError Convert(const Node& node, std::map<std::string, T>& out) {
    if (ConvertError error = ExpectMap(node)) return error;
    out.clear();
    for (const auto& [key, value] : node.entries) {
        if (ConvertError error = Convert(value, out[key])) return key + ": " + *error;
    }
    return std::nullopt;
}

template <std::integral T>
requires(!std::same_as<T, bool> && !std::same_as<T, int64_t> && !std::same_as<T, uint64_t>)
    std::string Render(T value) {
    return std::to_string(value);
}

template <typename Rep, typename Period>
requires(!std::same_as<std::chrono::duration<Rep, Period>, Duration>) std::string
    Render(std::chrono::duration<Rep, Period> value) {
    return FormatDuration(value);
}

template <typename T>
std::string Render(const std::optional<T>& value) {
    return value ? Render(*value) : "null";
}

template <typename T>
std::string Render(const std::vector<T>& values) {
    std::string text;
    for (const T& value : values) text += (text.empty() ? "" : ", ") + Render(value);
    return "[" + text + "]";
}

template <typename T>
std::string Render(const std::map<std::string, T>& values) {
    std::string text;
    for (const auto& [key, value] : values) {
        text += (text.empty() ? "" : ", ") + Render(key) + ": " + Render(value);
    }
    return "{" + text + "}";
}

}  // namespace mp::config
