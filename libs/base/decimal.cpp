#include "base/decimal.hpp"

#include <algorithm>
#include <limits>

namespace mp {
namespace {

constexpr uint64_t kMaxMagnitude = 9223372036854775807ull;

bool IsDigit(char c) noexcept {
    return static_cast<unsigned char>(c - '0') < 10;
}

// mantissa * 10^-scale with any scale, as a Decimal if it is one.
DecimalError Normalise(Int128 mantissa, int scale, Decimal& out) noexcept {
    if (mantissa == 0) {
        out = {};
        return DecimalError::kOk;
    }
    while (scale > 0 && mantissa % 10 == 0) {
        mantissa /= 10;
        --scale;
    }
    for (; scale < 0; ++scale) {
        mantissa *= 10;
        if (mantissa > Int128{kMaxMagnitude} || mantissa < -Int128{kMaxMagnitude}) {
            return DecimalError::kOverflow;
        }
    }
    if (scale > Decimal::kMaxScale || mantissa > Int128{kMaxMagnitude} ||
        mantissa < -Int128{kMaxMagnitude}) {
        return DecimalError::kOverflow;
    }
    out = {static_cast<int64_t>(mantissa), static_cast<uint8_t>(scale)};
    return DecimalError::kOk;
}

// Reads digits[.digits] into an unsigned value with its number of decimals. Zeros at either end
// cost nothing of the 18 decimals.
struct Digits {
    uint64_t value = 0;
    int decimals = 0;
};

DecimalError ReadDigits(std::string_view text, Digits& out) noexcept {
    const char* p = text.data();
    const char* end = p + text.size();
    const char* point = nullptr;
    if (p == end || !IsDigit(*p)) return DecimalError::kSyntax;
    uint64_t value = 0;
    for (; p != end; ++p) {
        const auto digit = static_cast<unsigned char>(*p - '0');
        if (digit < 10) {
            if (value > (kMaxMagnitude - digit) / 10) {
                // What follows must be digits to be a number at all; trailing zeros behind a point
                // were cut before, so a further digit does not fit.
                return std::all_of(p, end, [](char c) { return IsDigit(c) || c == '.'; })
                           ? DecimalError::kOverflow
                           : DecimalError::kSyntax;
            }
            value = value * 10 + digit;
        } else if (*p == '.' && point == nullptr && p + 1 != end) {
            point = p;
        } else {
            return DecimalError::kSyntax;
        }
    }
    out.value = value;
    out.decimals = point == nullptr ? 0 : static_cast<int>(end - point - 1);
    return DecimalError::kOk;
}

// Cuts zeros behind the decimal point, and the point itself when nothing is left behind it.
std::string_view CutTrailingZeros(std::string_view text) noexcept {
    const size_t point = text.find('.');
    if (point == std::string_view::npos) return text;
    size_t size = text.size();
    if (text[size - 1] == '.') return text;  // "1." is no number
    while (text[size - 1] == '0') --size;
    if (text[size - 1] != '.') return text.substr(0, size);
    return size - 1 == point ? text.substr(0, point) : text;  // nor is "1.5.0"
}

DecimalError ReadExponent(std::string_view text, int& out) noexcept {
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    if (text.empty()) return DecimalError::kSyntax;
    int value = 0;
    for (char c : text) {
        if (!IsDigit(c)) return DecimalError::kSyntax;
        value = std::min(value * 10 + (c - '0'), 1000);
    }
    out = negative ? -value : value;
    return DecimalError::kOk;
}

}  // namespace

Decimal Decimal::Make(int64_t mantissa, int scale) noexcept {
    if (mantissa == 0) return {};
    while (scale > 0 && mantissa % 10 == 0) {
        mantissa /= 10;
        --scale;
    }
    return {mantissa, static_cast<uint8_t>(scale)};
}

DecimalError Decimal::Parse(std::string_view text, Decimal& out) noexcept {
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) text.remove_prefix(1);

    int exponent = 0;
    const size_t e = text.find_first_of("eE");
    if (e != std::string_view::npos) {
        const DecimalError error = ReadExponent(text.substr(e + 1), exponent);
        if (error != DecimalError::kOk) return error;
        text = text.substr(0, e);
    }

    Digits digits;
    const DecimalError error = ReadDigits(CutTrailingZeros(text), digits);
    if (error != DecimalError::kOk) return error;

    const auto magnitude = static_cast<int64_t>(digits.value);
    const int64_t mantissa = negative ? -magnitude : magnitude;
    if (exponent != 0 || digits.decimals > kMaxScale) {
        return Normalise(mantissa, digits.decimals - exponent, out);
    }
    out = mantissa == 0 ? Decimal{} : Decimal{mantissa, static_cast<uint8_t>(digits.decimals)};
    return DecimalError::kOk;
}

std::optional<Decimal> Decimal::Parse(std::string_view text) noexcept {
    Decimal value;
    if (Parse(text, value) != DecimalError::kOk) return std::nullopt;
    return value;
}

void Decimal::AppendTo(std::string& out) const {
    out += ToDecimalText(mantissa, scale);
}

std::string Decimal::ToString() const {
    return ToDecimalText(mantissa, scale);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) noexcept {
    if (a.scale == b.scale) return a.mantissa <=> b.mantissa;
    const int scale = std::max(a.scale, b.scale);
    const Int128 left = Int128{a.mantissa} * kPowersOfTen[scale - a.scale];
    const Int128 right = Int128{b.mantissa} * kPowersOfTen[scale - b.scale];
    if (left < right) return std::strong_ordering::less;
    return left == right ? std::strong_ordering::equal : std::strong_ordering::greater;
}

std::optional<int64_t> MantissaAt(const Decimal& value, int scale) noexcept {
    if (scale < value.scale || scale > Decimal::kMaxScale) return std::nullopt;
    const Int128 wide = Int128{value.mantissa} * kPowersOfTen[scale - value.scale];
    if (wide > Int128{kMaxMagnitude} || wide < -Int128{kMaxMagnitude}) return std::nullopt;
    return static_cast<int64_t>(wide);
}

namespace {

std::optional<Decimal> AddScaled(const Decimal& a, const Decimal& b, int sign) noexcept {
    const int scale = std::max(a.scale, b.scale);
    const Int128 sum = Int128{a.mantissa} * kPowersOfTen[scale - a.scale] +
                       sign * (Int128{b.mantissa} * kPowersOfTen[scale - b.scale]);
    Decimal out;
    if (Normalise(sum, scale, out) != DecimalError::kOk) return std::nullopt;
    return out;
}

}  // namespace

std::optional<Decimal> Add(const Decimal& a, const Decimal& b) noexcept {
    return AddScaled(a, b, 1);
}

std::optional<Decimal> Subtract(const Decimal& a, const Decimal& b) noexcept {
    return AddScaled(a, b, -1);
}

std::optional<Decimal> Multiply(const Decimal& a, const Decimal& b) noexcept {
    Decimal out;
    if (Normalise(Int128{a.mantissa} * b.mantissa, a.scale + b.scale, out) != DecimalError::kOk) {
        return std::nullopt;
    }
    return out;
}

std::string ToDecimalText(Int128 value, int scale) {
    const bool negative = value < 0;
    Uint128 magnitude = negative ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
    while (scale > 0 && magnitude % 10 == 0) {
        magnitude /= 10;
        --scale;
    }
    char buffer[64];
    char* const end = buffer + sizeof(buffer);
    char* p = end;
    for (int written = 0; magnitude != 0 || written <= scale; ++written) {
        if (written == scale && scale > 0) *--p = '.';
        *--p = static_cast<char>('0' + static_cast<int>(magnitude % 10));
        magnitude /= 10;
    }
    if (negative) *--p = '-';
    return std::string(p, end);
}

}  // namespace mp
