#include "exchange-sim/symbol_spec.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/hash.hpp"
#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {
namespace {

struct Asset {
    std::string_view name;
    double usd;
    int quantity_digits;
};

constexpr std::array<Asset, 24> kAssets{{
    {"BTC", 64000, 5}, {"ETH", 3100, 4},  {"BNB", 580, 3},  {"SOL", 150, 3},  {"XRP", 0.58, 1},
    {"ADA", 0.38, 1},  {"DOGE", 0.12, 0}, {"AVAX", 27, 2},  {"LINK", 13, 2},  {"LTC", 68, 3},
    {"DOT", 5.2, 2},   {"TRX", 0.13, 1},  {"ATOM", 6.1, 2}, {"UNI", 7.4, 2},  {"NEAR", 4.3, 1},
    {"FIL", 3.9, 2},   {"USDT", 1, 2},    {"USDC", 1, 2},   {"FDUSD", 1, 2},  {"BUSD", 1, 2},
    {"TUSD", 1, 2},    {"EUR", 1.09, 2},  {"TRY", 0.03, 1}, {"BRL", 0.18, 1},
}};

Asset AssetOf(std::string_view name) {
    const auto known = std::ranges::find(kAssets, name, &Asset::name);
    if (known != kAssets.end()) return *known;
    const double usd = 0.1 + static_cast<double>(Fnv1a(name) % 5000) / 100;
    return {name, usd, usd > 10 ? 2 : 1};
}

std::int64_t PowerOfTenE8(int digits) {
    std::int64_t value = kE8;
    for (int i = 0; i < digits; ++i) value /= 10;
    return value;
}

bool IsAsset(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, IsUpperOrDigit);
}

}  // namespace

std::int64_t SymbolSpec::tick_e8() const {
    return PowerOfTenE8(price_digits);
}
std::int64_t SymbolSpec::lot_e8() const {
    return PowerOfTenE8(quantity_digits);
}

Result<SymbolSpec> MakeSymbolSpec(std::string_view canonical) {
    const std::vector<std::string_view> parts = Split(canonical, '-');
    if (parts.size() != 2 || !IsAsset(parts[0]) || !IsAsset(parts[1])) {
        return absl::InvalidArgumentError(Concat("'", canonical, "' is no symbol such as BTC-USDT")
        );
    }
    const Asset base = AssetOf(parts[0]);
    const double price = base.usd / AssetOf(parts[1]).usd;
    SymbolSpec spec;
    spec.base = parts[0];
    spec.quote = parts[1];
    // About five significant digits, as exchanges choose their ticks.
    spec.price_digits = std::clamp(5 - static_cast<int>(std::floor(std::log10(price))), 2, 8);
    spec.quantity_digits = std::min(base.quantity_digits, 8 - spec.price_digits);
    const std::int64_t tick = spec.tick_e8();
    const auto price_e8 = static_cast<std::int64_t>(price * static_cast<double>(kE8));
    spec.price_e8 = std::max(price_e8 / tick, std::int64_t{1}) * tick;
    const double lot = static_cast<double>(spec.lot_e8()) / static_cast<double>(kE8);
    const double lots = std::clamp(1000 / (base.usd * lot), 1.0, 1e9);
    spec.lots_per_1000_usd = static_cast<std::int64_t>(lots);
    return spec;
}

Result<std::vector<SymbolSpec>> ParseSymbols(std::string_view list) {
    std::vector<SymbolSpec> specs;
    for (const std::string_view name : Split(list, ',')) {
        auto spec = MakeSymbolSpec(name);
        if (!spec.ok()) return spec.status();
        const std::string canonical = spec->canonical();
        const bool again = std::ranges::any_of(specs, [&canonical](const SymbolSpec& known) {
            return known.canonical() == canonical;
        });
        if (again) return absl::InvalidArgumentError(Concat(canonical, " is named twice"));
        specs.push_back(*std::move(spec));
    }
    if (specs.empty()) return absl::InvalidArgumentError("no symbols");
    return specs;
}

}  // namespace mp::sim
