#include "rows/json_writer.hpp"

#include <array>
#include <charconv>

namespace mp::rows {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 where there is none.
size_t SequenceLength(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (!follows(1) || !follows(2)) return 0;
        const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (!follows(1) || !follows(2) || !follows(3)) return 0;
        const bool overlong = lead == 0xF0 && byte(1) < 0x90;
        const bool too_large = lead == 0xF4 && byte(1) >= 0x90;
        return overlong || too_large ? 0 : 4;
    }
    return 0;
}

void AppendControl(unsigned char c, std::string& out) {
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (c) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += kHex[c >> 4];
            out += kHex[c & 15];
    }
}

template <typename T>
void AppendNumber(T value, std::string& out) {
    std::array<char, 32> buffer;
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    out.append(buffer.data(), static_cast<size_t>(end - buffer.data()));
}

}  // namespace

void AppendEscaped(std::string_view text, std::string& out) {
    size_t plain = 0;  // start of the run that is copied as it is
    const auto flush = [&](size_t end) { out.append(text, plain, end - plain); };
    for (size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            ++i;
            continue;
        }
        const size_t length = SequenceLength(text.substr(i));
        if (c >= 0x80 && length != 0) {
            i += length;
            continue;
        }
        flush(i);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text[i];
        } else if (c < 0x20) {
            AppendControl(c, out);
        } else {
            out += kReplacement;
        }
        plain = ++i;
    }
    flush(text.size());
}

void JsonWriter::Separate() {
    if (!first_) out_ += ',';
    first_ = false;
}

void JsonWriter::Open(char bracket) {
    Separate();
    out_ += bracket;
    first_ = true;
}

void JsonWriter::Close(char bracket) {
    out_ += bracket;
    first_ = false;
}

void JsonWriter::Key(std::string_view name) {
    Separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    first_ = true;  // the value follows without a comma
}

void JsonWriter::String(std::string_view text) {
    Separate();
    out_ += '"';
    AppendEscaped(text, out_);
    out_ += '"';
}

void JsonWriter::Raw(std::string_view json) {
    Separate();
    out_ += json;
}

void JsonWriter::Number(uint64_t value) {
    Separate();
    AppendNumber(value, out_);
}

void JsonWriter::Number(int64_t value) {
    Separate();
    AppendNumber(value, out_);
}

void JsonWriter::Number(double value) {
    Separate();
    AppendNumber(value, out_);
}

void JsonWriter::Decimal(const mp::Decimal& value) {
    Separate();
    out_ += '"';
    value.AppendTo(out_);
    out_ += '"';
}

void JsonWriter::Id(uint64_t value) {
    Separate();
    out_ += '"';
    AppendNumber(value, out_);
    out_ += '"';
}

void JsonWriter::Time(Nanos value) {
    Separate();
    out_ += '"';
    AppendTime(value, out_);
    out_ += '"';
}

}  // namespace mp::rows
