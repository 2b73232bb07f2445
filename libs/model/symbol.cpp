#include "model/symbol.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <vector>

namespace mp::model {
namespace {

constexpr std::string_view kPerpetual = "PERP";

bool IsAsset(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > ' ' && byte != 0x7f && c != '-' && c != '|';
    });
}

bool IsDate(Date date) {
    return date.ok() && date.year() >= std::chrono::year{1970} &&
           date.year() <= std::chrono::year{9999};
}

void AppendDate(Date date, std::string& out) {
    const int number = static_cast<int>(date.year()) * 10000 +
                       static_cast<int>(static_cast<unsigned>(date.month())) * 100 +
                       static_cast<int>(static_cast<unsigned>(date.day()));
    out += std::to_string(number);
}

std::optional<Date> ReadDate(std::string_view text) {
    unsigned number = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, number);
    if (text.size() != 8 || error != std::errc{} || read != end) return std::nullopt;
    const Date date{
        std::chrono::year{static_cast<int>(number / 10000)},
        std::chrono::month{number / 100 % 100},
        std::chrono::day{number % 100}};
    if (!IsDate(date)) return std::nullopt;
    return date;
}

std::optional<Decimal> ReadStrike(std::string_view text) {
    const auto strike = Decimal::Parse(text);
    if (!strike || strike->mantissa <= 0 || strike->ToString() != text) return std::nullopt;
    return strike;
}

std::vector<std::string_view> Split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t end = text.find('-');
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<std::string> SpotSymbol(std::string_view base, std::string_view quote) {
    if (!IsAsset(base) || !IsAsset(quote)) return std::nullopt;
    std::string symbol(base);
    symbol += '-';
    symbol += quote;
    return symbol;
}

std::optional<std::string> PerpetualSymbol(std::string_view base, std::string_view quote) {
    auto symbol = SpotSymbol(base, quote);
    if (symbol) symbol->append("-").append(kPerpetual);
    return symbol;
}

std::optional<std::string> DatedSymbol(std::string_view base, std::string_view quote, Date expiry) {
    auto symbol = SpotSymbol(base, quote);
    if (!symbol || !IsDate(expiry)) return std::nullopt;
    *symbol += '-';
    AppendDate(expiry, *symbol);
    return symbol;
}

std::optional<std::string> OptionSymbol(
    std::string_view base,
    std::string_view quote,
    Date expiry,
    const Decimal& strike,
    OptionType type
) {
    auto symbol = DatedSymbol(base, quote, expiry);
    if (!symbol || strike.mantissa <= 0) return std::nullopt;
    *symbol += '-';
    strike.AppendTo(*symbol);
    *symbol += type == OptionType::kCall ? "-C" : "-P";
    return symbol;
}

std::optional<ParsedSymbol> ParseSymbol(std::string_view symbol) {
    const auto parts = Split(symbol);
    if (parts.size() < 2 || !IsAsset(parts[0]) || !IsAsset(parts[1])) return std::nullopt;
    ParsedSymbol parsed;
    parsed.base = parts[0];
    parsed.quote = parts[1];
    if (parts.size() == 2) return parsed;
    if (parts.size() == 3 && parts[2] == kPerpetual) {
        parsed.kind = SymbolKind::kPerpetual;
        return parsed;
    }
    const auto expiry = ReadDate(parts[2]);
    if (!expiry) return std::nullopt;
    parsed.expiry = *expiry;
    parsed.kind = SymbolKind::kDated;
    if (parts.size() == 3) return parsed;
    if (parts.size() != 5 || (parts[4] != "C" && parts[4] != "P")) return std::nullopt;
    const auto strike = ReadStrike(parts[3]);
    if (!strike) return std::nullopt;
    parsed.kind = SymbolKind::kOption;
    parsed.strike = *strike;
    parsed.option_type = parts[4] == "C" ? OptionType::kCall : OptionType::kPut;
    return parsed;
}

}  // namespace mp::model
