#include "telemetry/trace.hpp"

#include <algorithm>
#include <random>
#include <span>

namespace mp::telemetry {
namespace {

void AppendHex(std::span<const uint8_t> bytes, std::string& out) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const uint8_t byte : bytes) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
}

// The standard allows lower case only.
int DigitOf(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool ParseHex(std::string_view text, std::span<uint8_t> out) {
    for (size_t i = 0; i < out.size(); ++i) {
        const int high = DigitOf(text[2 * i]);
        const int low = DigitOf(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = static_cast<uint8_t>(high * 16 + low);
    }
    return true;
}

bool AllZero(std::span<const uint8_t> bytes) {
    return std::ranges::all_of(bytes, [](uint8_t byte) { return byte == 0; });
}

void Randomise(std::span<uint8_t> bytes) {
    thread_local std::mt19937_64 generator([] {
        std::random_device device;
        return (uint64_t{device()} << 32) | device();
    }());
    do {
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(generator());
    } while (AllZero(bytes));
}

}  // namespace

TraceContext TraceContext::Generate() {
    TraceContext context;
    Randomise(context.trace_id_);
    Randomise(context.span_id_);
    return context;
}

std::optional<TraceContext> TraceContext::Parse(std::string_view traceparent) {
    constexpr size_t kLength = 55;
    std::array<uint8_t, 1> version{};
    std::array<uint8_t, 1> flags{};
    TraceContext context;
    if (traceparent.size() < kLength) return std::nullopt;
    const bool well_formed = ParseHex(traceparent.substr(0, 2), version) && traceparent[2] == '-' &&
                             ParseHex(traceparent.substr(3, 32), context.trace_id_) &&
                             traceparent[35] == '-' &&
                             ParseHex(traceparent.substr(36, 16), context.span_id_) &&
                             traceparent[52] == '-' && ParseHex(traceparent.substr(53, 2), flags);
    if (!well_formed || version[0] == 0xff) return std::nullopt;
    if (AllZero(context.trace_id_) || AllZero(context.span_id_)) return std::nullopt;
    if (traceparent.size() > kLength && (version[0] == 0 || traceparent[kLength] != '-')) {
        return std::nullopt;
    }
    context.flags_ = flags[0];
    return context;
}

TraceContext TraceContext::Continue(std::string_view traceparent) {
    const std::optional<TraceContext> parent = Parse(traceparent);
    return parent ? parent->Child() : Generate();
}

TraceContext TraceContext::Child() const {
    TraceContext child = *this;
    Randomise(child.span_id_);
    return child;
}

std::string TraceContext::ToTraceParent() const {
    std::string text = "00-";
    AppendHex(trace_id_, text);
    text += '-';
    AppendHex(span_id_, text);
    text += '-';
    AppendHex(std::array{static_cast<uint8_t>(flags_ & 1)}, text);
    return text;
}

std::string TraceContext::trace_id() const {
    std::string text;
    AppendHex(trace_id_, text);
    return text;
}

std::string TraceContext::span_id() const {
    std::string text;
    AppendHex(span_id_, text);
    return text;
}

}  // namespace mp::telemetry
