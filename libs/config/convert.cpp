#include "config/convert.hpp"

#include <absl/strings/numbers.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace mp::config {
namespace {

// What the text of a value looks like in an error.
std::string Got(std::string_view expected, const Node& node) {
    std::string text = "expected " + std::string(expected) + ", got ";
    switch (node.kind) {
        case Node::Kind::kNull:
            return text + "nothing";
        case Node::Kind::kList:
            return text + "a list";
        case Node::Kind::kMap:
            return text + "a section";
        case Node::Kind::kScalar:
            break;
    }
    return text + (node.quoted ? "the text \"" : "\"") + node.scalar + "\"";
}

bool IsPlain(const Node& node) {
    return node.kind == Node::Kind::kScalar && !node.quoted;
}

template <typename Integer>
ConvertError ConvertInteger(const Node& node, std::string_view expected, Integer& out) {
    if (!IsPlain(node)) return Got(expected, node);
    const char* end = node.scalar.data() + node.scalar.size();
    Integer value = 0;
    const auto [stopped, error] = std::from_chars(node.scalar.data(), end, value);
    if (error != std::errc() || stopped != end) return Got(expected, node);
    out = value;
    return std::nullopt;
}

bool IsControl(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Whether YAML would read the text as something else than this text.
bool NeedsQuotes(const std::string& text) {
    if (std::any_of(text.begin(), text.end(), IsControl)) return true;
    if (text.empty() || text.front() == ' ' || text.back() == ' ') return true;
    if (text == "true" || text == "false" || text == "null" || text == "~") return true;
    constexpr std::string_view kFirst = "-?:,[]{}#&*!|>'\"%@`";
    if (kFirst.find(text.front()) != std::string_view::npos) return true;
    if (text.find_first_of("\"\\\n\t[]{},") != std::string::npos) return true;
    if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos) return true;
    double number = 0;
    return text.back() == ':' || absl::SimpleAtod(text, &number);
}

}  // namespace

ConvertError Convert(const Node& node, bool& out) {
    if (!IsPlain(node) || (node.scalar != "true" && node.scalar != "false")) {
        return Got("true or false", node);
    }
    out = node.scalar == "true";
    return std::nullopt;
}

ConvertError Convert(const Node& node, int64_t& out) {
    return ConvertInteger(node, "an integer", out);
}

ConvertError Convert(const Node& node, uint64_t& out) {
    return ConvertInteger(node, "a non-negative integer", out);
}

ConvertError Convert(const Node& node, double& out) {
    double value = 0;
    if (!IsPlain(node) || !absl::SimpleAtod(node.scalar, &value) || !std::isfinite(value)) {
        return Got("a number", node);
    }
    out = value;
    return std::nullopt;
}

ConvertError Convert(const Node& node, std::string& out) {
    if (node.kind != Node::Kind::kScalar) return Got("a text", node);
    out = node.scalar;
    return std::nullopt;
}

ConvertError Convert(const Node& node, Duration& out) {
    if (node.kind == Node::Kind::kScalar) {
        if (const Result<Duration> duration = ParseDuration(node.scalar); duration.ok()) {
            out = *duration;
            return std::nullopt;
        }
    }
    return Got("a duration such as 250ms or 1h", node);
}

ConvertError ConvertBytes(const Node& node, uint64_t& out) {
    struct Unit {
        std::string_view name;
        uint64_t bytes;
    };
    constexpr std::array<Unit, 8> kUnits{
        {{"", 1},
         {"B", 1},
         {"KiB", 1u << 10},
         {"MiB", 1u << 20},
         {"GiB", 1u << 30},
         {"KB", 1'000},
         {"MB", 1'000'000},
         {"GB", 1'000'000'000}}};
    constexpr std::string_view kExpected = "a number of bytes such as 65536, 64KiB or 8MB";
    if (!IsPlain(node)) return Got(kExpected, node);
    const char* end = node.scalar.data() + node.scalar.size();
    uint64_t number = 0;
    const auto [stopped, error] = std::from_chars(node.scalar.data(), end, number);
    const std::string_view name(stopped, static_cast<size_t>(end - stopped));
    for (const Unit& unit : kUnits) {
        if (error != std::errc() || name != unit.name) continue;
        if (number > std::numeric_limits<uint64_t>::max() / unit.bytes) break;
        out = number * unit.bytes;
        return std::nullopt;
    }
    return Got(kExpected, node);
}

std::string Render(bool value) {
    return value ? "true" : "false";
}
std::string Render(int64_t value) {
    return std::to_string(value);
}
std::string Render(uint64_t value) {
    return std::to_string(value);
}

std::string Render(double value) {
    std::array<char, 32> text;
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end};
}

std::string Render(const std::string& value) {
    if (!NeedsQuotes(value)) return value;
    std::string quoted = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') quoted += '\\';
        if (c == '\n') {
            quoted += "\\n";
        } else if (c == '\t') {
            quoted += "\\t";
        } else if (IsControl(c)) {
            constexpr std::string_view kHex = "0123456789abcdef";
            quoted += "\\x";
            quoted += kHex[static_cast<unsigned char>(c) >> 4];
            quoted += kHex[static_cast<unsigned char>(c) & 15];
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

std::string Render(Duration value) {
    return FormatDuration(value);
}

Result<std::vector<Node>> ItemsOf(const Node& node) {
    if (node.kind == Node::Kind::kList) return node.items;
    // Only variables and --set have no line.
    if (node.kind != Node::Kind::kScalar || node.origin.line > 0) {
        return absl::InvalidArgumentError(Got("a list", node));
    }
    std::vector<Node> items;
    const std::string& text = node.scalar;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        Node& item = items.emplace_back(node);
        item.scalar = text.substr(begin, end - begin);
        begin = end + 1;
    }
    return items;
}

ConvertError ExpectMap(const Node& node) {
    if (node.kind == Node::Kind::kMap) return std::nullopt;
    return Got("a section", node);
}

}  // namespace mp::config
