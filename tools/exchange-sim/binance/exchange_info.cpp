#include "exchange-sim/binance/exchange_info.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::binance {
namespace {

// Longer names first: FDUSD ends in USD.
constexpr std::array<std::string_view, 40> kQuotes{
    "FDUSD", "USDSB", "BUSD", "TUSD", "USDT", "USDC", "USDP", "USD1", "USDS", "AEUR",
    "IDRT",  "BIDR",  "BKRW", "DOGE", "EURI", "BVND", "UAH",  "PAX",  "DAI",  "BTC",
    "ETH",   "BNB",   "XRP",  "TRX",  "SOL",  "DOT",  "EUR",  "GBP",  "AUD",  "BRL",
    "TRY",   "RUB",   "NGN",  "ZAR",  "PLN",  "RON",  "ARS",  "JPY",  "MXN",  "USD"};

std::string PowerOfTen(int digits) {
    std::int64_t value = kE8;
    for (int i = 0; i < digits; ++i) value /= 10;
    std::string text;
    AppendE8(text, value > 0 ? value : 1);
    return text;
}

// "PERP", or the day that the symbol ends in.
std::string ExpiryOf(std::string_view symbol) {
    const std::size_t at = symbol.rfind('_');
    if (at == std::string_view::npos || symbol.size() - at != 7) return "PERP";
    return Concat("20", symbol.substr(at + 1));
}

// Contracts are delivered at eight in the morning.
std::int64_t DeliveryMillis(std::string_view day) {
    using namespace std::chrono;
    const int number = ParseNumber<int>(day).value_or(0);
    const year_month_day date(
        year(number / 10'000),
        month(static_cast<unsigned>(number / 100 % 100)),
        std::chrono::day(static_cast<unsigned>(number % 100))
    );
    if (!date.ok()) return 4'133'404'800'000;  // what perpetuals say
    return duration_cast<milliseconds>((sys_days(date) + 8h).time_since_epoch()).count();
}

std::string GeneratedContract(const Instrument& in) {
    const bool coin_margined = in.quote == "USD";
    const bool perpetual = in.expiry == "PERP";
    const std::string step = PowerOfTen(in.quantity_digits);
    return Concat(
        R"({"symbol":")",
        in.symbol,
        R"(","pair":")",
        in.base,
        in.quote,
        R"(","contractType":")",
        perpetual ? "PERPETUAL" : "CURRENT_QUARTER",
        R"(","deliveryDate":)",
        DeliveryMillis(perpetual ? "" : in.expiry),
        R"(,"onboardDate":1569398400000,")",
        coin_margined ? "contractStatus" : "status",
        R"(":"TRADING",)",
        coin_margined ? Concat(R"("contractSize":)", in.base == "BTC" ? 100 : 10, ",") : "",
        R"("marginAsset":")",
        coin_margined ? in.base : in.quote,
        R"(","baseAsset":")",
        in.base,
        R"(","quoteAsset":")",
        in.quote,
        R"(","filters":[{"filterType":"PRICE_FILTER","tickSize":")",
        PowerOfTen(in.price_digits),
        R"("},{"filterType":"LOT_SIZE","minQty":")",
        step,
        R"(","stepSize":")",
        step,
        R"("},{"filterType":"MIN_NOTIONAL","notional":"5"}]})"
    );
}

std::string GeneratedSpot(const Instrument& in) {
    const std::string tick = PowerOfTen(in.price_digits);
    const std::string step = PowerOfTen(in.quantity_digits);
    return Concat(
        R"({"symbol":")",
        in.symbol,
        R"(","status":"TRADING","baseAsset":")",
        in.base,
        R"(","baseAssetPrecision":8,"quoteAsset":")",
        in.quote,
        R"(","quotePrecision":8,"quoteAssetPrecision":8,"baseCommissionPrecision":8,)",
        R"("quoteCommissionPrecision":8,"orderTypes":["LIMIT","LIMIT_MAKER","MARKET"],)",
        R"("icebergAllowed":true,"ocoAllowed":true,"otoAllowed":true,)",
        R"("quoteOrderQtyMarketAllowed":true,"allowTrailingStop":true,)",
        R"("cancelReplaceAllowed":true,"isSpotTradingAllowed":true,)",
        R"("isMarginTradingAllowed":false,"filters":[{"filterType":"PRICE_FILTER","minPrice":")",
        tick,
        R"(","maxPrice":"1000000.00000000","tickSize":")",
        tick,
        R"("},{"filterType":"LOT_SIZE","minQty":")",
        step,
        R"(","maxQty":"9000000.00000000","stepSize":")",
        step,
        R"("},{"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,)",
        R"("maxNotional":"9000000.00000000","applyMaxToMarket":false,"avgPriceMins":5}],)",
        R"("permissions":[],"permissionSets":[["SPOT"]],)",
        R"("defaultSelfTradePreventionMode":"EXPIRE_MAKER",)",
        R"("allowedSelfTradePreventionModes":["EXPIRE_TAKER","EXPIRE_MAKER","EXPIRE_BOTH"]})"
    );
}

}  // namespace

std::optional<Instrument> GuessAssets(std::string_view symbol) {
    for (const std::string_view quote : kQuotes) {
        if (symbol.size() <= quote.size() || !symbol.ends_with(quote)) continue;
        const std::string_view base = symbol.substr(0, symbol.size() - quote.size());
        return Instrument{std::string(symbol), std::string(base), std::string(quote), 8, 8};
    }
    return std::nullopt;
}

std::optional<Instrument> GuessContract(std::string_view symbol) {
    auto guess = GuessAssets(symbol.substr(0, symbol.find('_')));
    if (!guess) return std::nullopt;
    guess->symbol = symbol;
    guess->expiry = ExpiryOf(symbol);
    return guess;
}

void ExchangeInfo::Add(const Instrument& instrument) {
    const bool spot = instrument.expiry.empty();
    Insert({instrument, spot ? GeneratedSpot(instrument) : GeneratedContract(instrument)});
}

void ExchangeInfo::SetListed(std::string_view symbol, bool listed) {
    if (listed) {
        unlisted_.erase(std::string(symbol));
    } else {
        unlisted_.emplace(symbol);
    }
}

void ExchangeInfo::AddRecorded(std::string_view answer) {
    ForEachElement(FindValue(answer, "symbols"), [this](std::string_view json) {
        Instrument instrument;
        instrument.symbol = FindString(json, "symbol");
        instrument.base = FindString(json, "baseAsset");
        instrument.quote = FindString(json, "quoteAsset");
        if (!FindValue(json, "contractType").empty()) {
            instrument.expiry = ExpiryOf(instrument.symbol);
        }
        if (!instrument.symbol.empty()) Insert({std::move(instrument), std::string(json)});
    });
}

void ExchangeInfo::Insert(Entry entry) {
    const std::string symbol = entry.instrument.symbol;
    const auto [at, is_new] = entries_.insert_or_assign(symbol, std::move(entry));
    if (is_new) order_.push_back(symbol);
}

const Instrument* ExchangeInfo::Find(std::string_view symbol) const {
    const auto known = entries_.find(symbol);
    return known == entries_.end() ? nullptr : &known->second.instrument;
}

std::string ExchangeInfo::Render(const std::vector<std::string>& symbols, int weight_limit) const {
    std::string out = Concat(
        R"({"timezone":"UTC","serverTime":)",
        WallMillis(),
        R"(,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,)",
        R"("limit":)",
        weight_limit,
        R"(},{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100},)",
        R"({"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":200000},)",
        R"({"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":61000}],)",
        R"("exchangeFilters":[],"symbols":[)"
    );
    const std::vector<std::string>& wanted = symbols.empty() ? order_ : symbols;
    for (bool first = true; const std::string& symbol : wanted) {
        if (symbols.empty() && unlisted_.contains(symbol)) continue;
        if (!std::exchange(first, false)) out += ',';
        out += entries_.find(symbol)->second.json;
    }
    out += "]}";
    return out;
}

}  // namespace mp::sim::binance
