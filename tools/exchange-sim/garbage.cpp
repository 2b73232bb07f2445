#include "exchange-sim/garbage.hpp"

#include <algorithm>
#include <cctype>

namespace mp::sim {
namespace {

constexpr std::size_t kHuge = 6u << 20;
constexpr std::size_t kDepth = 100'000;
constexpr std::size_t kNowhere = std::string_view::npos;

std::string_view TextOf(const Frame& frame, bool wrapped) {
    return wrapped ? frame.wrapped : frame.payload();
}

// Replaces every decimal behind a comma, bracket or colon by `with`.
std::string ReplaceBareDecimals(std::string_view text, std::string_view with) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const bool begins = at > 0 && std::string_view(":,[").find(text[at - 1]) != kNowhere;
        if (!begins || std::isdigit(static_cast<unsigned char>(text[at])) == 0) {
            out += text[at++];
            continue;
        }
        out += with;
        at = std::min(text.find_first_of(",]}", at), text.size());
    }
    return out;
}

// Replaces every quoted decimal by `with`.
std::string ReplaceDecimals(std::string_view text, std::string_view with) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const bool decimal = text[at] == '"' && at + 1 < text.size() &&
                             std::isdigit(static_cast<unsigned char>(text[at + 1])) != 0;
        if (!decimal) {
            out += text[at++];
            continue;
        }
        out += with;
        const std::size_t end = text.find('"', at + 1);
        at = end == std::string_view::npos ? text.size() : end + 1;
    }
    return out;
}

// Venues write decimals as texts or as numbers, and ids the other way.
std::string Replaced(std::string_view text, const std::string& with) {
    std::string_view bare = with;
    if (bare.starts_with('"')) bare = bare.substr(1, bare.size() - 2);
    return ReplaceDecimals(ReplaceBareDecimals(text, bare), with);
}

std::string WithPayload(const Frame& frame, bool wrapped, const std::string& payload) {
    if (!wrapped) return payload;
    std::string out(frame.wrapped.substr(0, frame.payload_begin));
    out += payload;
    out += frame.wrapped.substr(frame.payload_begin + frame.payload_size);
    return out;
}

std::string Padded(const Frame& frame, bool wrapped) {
    std::string payload(frame.payload());
    const std::size_t brace = payload.find('{');
    payload.insert(
        brace == std::string::npos ? 0 : brace + 1, "\"pad\":\"" + std::string(kHuge, 'x') + "\","
    );
    return WithPayload(frame, wrapped, payload);
}

}  // namespace

const std::vector<std::string_view>& GarbageVariants() {
    static const std::vector<std::string_view> kAll{
        "invalid_json",
        "truncated",
        "wrong_type",
        "bad_number",
        "huge",
        "nested",
        "not_utf8",
        "binary",
        "empty",
        "unknown_event"};
    return kAll;
}

Garbage MakeGarbage(std::string_view variant, const Frame& frame, bool wrapped) {
    const std::string text(TextOf(frame, wrapped));
    if (variant == "truncated") return {text.substr(0, text.size() * 2 / 3)};
    if (variant == "wrong_type") return {Replaced(text, "{\"not\":[\"a\",\"number\"]}")};
    if (variant == "bad_number") {
        return {Replaced(text, "\"123456789012345678901234567890.0000000000000000001\"")};
    }
    if (variant == "huge") return {Padded(frame, wrapped)};
    if (variant == "nested") {
        return {WithPayload(frame, wrapped, std::string(kDepth, '[') + std::string(kDepth, ']'))};
    }
    if (variant == "not_utf8") return {"\xff\xfe{\"e\":\"\xc3\x28\"}"};
    if (variant == "binary") return {std::string("\x00\x01\x02\x03", 4), true};
    if (variant == "empty") return {""};
    if (variant == "unknown_event") {
        return {WithPayload(frame, wrapped, R"({"e":"somethingNew","E":1,"s":"NOSUCH"})")};
    }
    return {"this is not JSON {\"e\":"};
}

std::string WithWrongChecksum(const Frame& frame) {
    constexpr std::string_view kKey = "\"checksum\":";
    const std::size_t at = frame.wrapped.find(kKey);
    if (at == kNowhere) return {};
    const std::size_t begin = at + kKey.size();
    const std::size_t end = frame.wrapped.find_first_of(",}", begin);
    const bool ends_in_one = end != kNowhere && frame.wrapped[end - 1] == '1';
    std::string out(frame.wrapped.substr(0, end == kNowhere ? begin : end - 1));
    out += ends_in_one ? '2' : '1';
    if (end != kNowhere) out += frame.wrapped.substr(end);
    return out;
}

}  // namespace mp::sim
