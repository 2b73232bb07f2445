#include "exchange-sim/decimal_text.hpp"

#include <charconv>

namespace mp::sim {
namespace {

std::optional<std::uint64_t> ParseUnsigned(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<DecimalKey> ParseDecimalKey(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    int exponent = 0;
    if (const std::size_t at = text.find_first_of("eE"); at != std::string_view::npos) {
        std::string_view digits = text.substr(at + 1);
        const bool down = digits.starts_with('-');
        if (down || digits.starts_with('+')) digits.remove_prefix(1);
        const auto size = ParseUnsigned(digits);
        if (!size || *size > 18) return std::nullopt;
        exponent = down ? -static_cast<int>(*size) : static_cast<int>(*size);
        text = text.substr(0, at);
    }
    const std::size_t point = text.find('.');
    const auto whole = ParseUnsigned(text.substr(0, point));
    const std::string_view digits =
        point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
    const auto fraction = ParseUnsigned(digits);
    if (!whole || !fraction || digits.size() > 18) return std::nullopt;
    Int128 units = static_cast<Int128>(*whole);
    for (std::size_t i = 0; i < digits.size(); ++i) units *= 10;
    units += static_cast<Int128>(*fraction);
    for (int i = static_cast<int>(digits.size()) - exponent; i < 18; ++i) units *= 10;
    for (int i = 18; i < static_cast<int>(digits.size()) - exponent; ++i) {
        if (units % 10 != 0) return std::nullopt;
        units /= 10;
    }
    return DecimalKey{negative ? -units : units};
}

bool IsZeroText(std::string_view decimal) {
    return decimal.find_first_not_of("0.") == std::string_view::npos;
}

int SignificantFractionDigits(std::string_view decimal) {
    const std::size_t point = decimal.find('.');
    if (point == std::string_view::npos) return 0;
    const std::size_t last = decimal.find_last_not_of('0');
    return static_cast<int>(last - point);
}

void AppendInteger(std::string& out, std::int64_t value) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}

void AppendE8(std::string& out, std::int64_t value_e8) {
    if (value_e8 < 0) {
        out += '-';
        value_e8 = -value_e8;
    }
    AppendInteger(out, value_e8 / kE8);
    char fraction[9] = {'.'};
    std::int64_t rest = value_e8 % kE8;
    for (int i = 8; i > 0; --i) {
        fraction[i] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    out.append(fraction, sizeof fraction);
}

void AppendPlainE8(std::string& out, std::int64_t value_e8) {
    AppendE8(out, value_e8);
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
}

}  // namespace mp::sim
