#include "exchange-sim/json_text.hpp"

#include <charconv>

namespace mp::sim {
namespace {

constexpr auto kNone = std::string_view::npos;

std::size_t SkipQuoted(std::string_view text, std::size_t begin) {
    for (std::size_t at = begin + 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return kNone;
}

std::size_t SkipNested(std::string_view text, std::size_t begin) {
    int depth = 0;
    for (std::size_t at = begin; at < text.size();) {
        const char c = text[at];
        if (c == '"') {
            at = SkipQuoted(text, at);
            if (at == kNone) return kNone;
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) return at + 1;
        ++at;
    }
    return kNone;
}

}  // namespace

std::size_t SkipSpace(std::string_view text, std::size_t at) {
    while (at < text.size() &&
           (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
        ++at;
    }
    return at;
}

std::size_t SkipValue(std::string_view text, std::size_t begin) {
    if (begin >= text.size()) return kNone;
    if (text[begin] == '"') return SkipQuoted(text, begin);
    if (text[begin] == '{' || text[begin] == '[') return SkipNested(text, begin);
    const std::size_t end = text.find_first_of(",]} \n\r\t", begin);
    if (end == begin) return kNone;
    return end == kNone ? text.size() : end;
}

std::string_view FindValue(std::string_view object, std::string_view key) {
    std::size_t at = SkipSpace(object, 0);
    if (at >= object.size() || object[at] != '{') return {};
    ++at;
    while (true) {
        at = SkipSpace(object, at);
        if (at >= object.size() || object[at] != '"') return {};
        const std::size_t name_end = SkipQuoted(object, at);
        if (name_end == kNone) return {};
        const std::string_view name = object.substr(at + 1, name_end - at - 2);
        at = SkipSpace(object, name_end);
        if (at >= object.size() || object[at] != ':') return {};
        at = SkipSpace(object, at + 1);
        const std::size_t end = SkipValue(object, at);
        if (end == kNone) return {};
        if (name == key) return object.substr(at, end - at);
        at = SkipSpace(object, end);
        if (at >= object.size() || object[at] != ',') return {};
        ++at;
    }
}

std::string_view Unquoted(std::string_view value) {
    if (value.size() < 2 || value.front() != '"') return value;
    return value.substr(1, value.size() - 2);
}

std::string_view FindString(std::string_view object, std::string_view key) {
    return Unquoted(FindValue(object, key));
}

std::optional<std::int64_t> FindInteger(std::string_view object, std::string_view key) {
    const std::string_view text = FindString(object, key);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void AppendEscaped(std::string& out, std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    std::size_t plain = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain, at - plain);
        plain = at + 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == '\n') {
            out += "\\n";
        } else {
            out += "\\u00";
            out += kHex[c >> 4];
            out += kHex[c & 15];
        }
    }
    out.append(text, plain);
}

}  // namespace mp::sim
