#include "model/symbol.hpp"

#include <algorithm>

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

}  // namespace mp::model
