#include "exchange-sim/okx/exchange.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/okx/okx_venue.hpp"
#include "exchange-sim/okx/recording.hpp"
#include "exchange-sim/okx/text_book.hpp"
#include "exchange-sim/stream_exchange.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::okx {
namespace {

constexpr int kContractDigits = 2;  // contracts trade in hundredths

bool InDollars(const std::string& asset) {
    return asset == "USDT" || asset == "USDC" || asset == "USD";
}

// Base asset in a contract: about 100 to 1000 dollars' worth, a power of ten.
std::int64_t ContractOf(const SymbolSpec& spec) {
    std::int64_t contract = kE8;
    while (MultiplyE8(contract, spec.price_e8) > 1000 * kE8) contract /= 10;
    while (MultiplyE8(contract, spec.price_e8) < 100 * kE8) contract *= 10;
    return contract;
}

Instrument SpotOf(const SymbolSpec& spec) {
    Instrument instrument;
    instrument.symbol = spec.canonical();
    instrument.type = "SPOT";
    instrument.base = spec.base;
    instrument.quote = spec.quote;
    instrument.price_digits = spec.price_digits;
    instrument.quantity_digits = spec.quantity_digits;
    return instrument;
}

Instrument SwapOf(const SymbolSpec& spec) {
    Instrument instrument = SpotOf(spec);
    instrument.symbol += "-SWAP";
    instrument.type = "SWAP";
    instrument.quantity_digits = kContractDigits;
    instrument.contract_e8 = ContractOf(spec);
    return instrument;
}

SymbolSpec SpecOfSwap(const SymbolSpec& spot) {
    SymbolSpec spec = spot;
    spec.price_digits = std::min(spot.price_digits, 8 - kContractDigits);
    spec.price_e8 = spot.price_e8 / spec.tick_e8() * spec.tick_e8();
    spec.quantity_digits = kContractDigits;
    const auto worth = static_cast<double>(MultiplyE8(ContractOf(spot), spot.price_e8)) / kE8;
    spec.lots_per_1000_usd = std::max<std::int64_t>(1, std::llround(100'000 / worth));
    return spec;
}

// "270326" of the day that holds the moment.
std::string DayName(std::int64_t time_ms) {
    using namespace std::chrono;
    const year_month_day date(floor<days>(sys_time<milliseconds>(milliseconds(time_ms))));
    const auto two = [](unsigned number) { return Concat(number < 10 ? "0" : "", number); };
    return Concat(
        static_cast<int>(date.year()) % 100,
        two(static_cast<unsigned>(date.month())),
        two(static_cast<unsigned>(date.day()))
    );
}

Instrument DatedOf(Instrument instrument, std::string_view pair) {
    instrument.symbol = Concat(pair, "-", DayName(DayAhead(90)));
    instrument.type = "FUTURES";
    return instrument;
}

bool HasCoinMargined(const std::string& base) {
    return base == "BTC" || base == "ETH";
}

// A contract of 100 (bitcoin) or 10 dollars.
void AddCoinMargined(const SymbolSpec& asset, Listing<Instrument>& listing) {
    const std::int64_t dollars = asset.base == "BTC" ? 100 : 10;
    Instrument swap = SpotOf(asset);
    swap.quote = "USD";
    swap.symbol = Concat(asset.base, "-USD-SWAP");
    swap.type = "SWAP";
    swap.quantity_digits = 0;
    swap.contract_e8 = dollars * kE8;
    SymbolSpec spec = asset;
    spec.quantity_digits = 0;
    spec.inverse = true;
    spec.lots_per_1000_usd = 1000 / dollars;
    listing.Add(spec, swap);
    listing.Add(spec, DatedOf(swap, swap.family()));
}

// At the money, priced in the coin, a month from now.
void AddOption(const SymbolSpec& asset, bool call, Listing<Instrument>& listing) {
    const std::int64_t strike = asset.price_e8 / kE8 / 100 * 100;
    const char* const side = call ? "C" : "P";
    Instrument option =
        GuessInstrument(Concat(asset.base, "-USD-", DayName(DayAhead(30)), "-", strike, "-", side));
    option.contract_e8 = kE8 / 100;
    SymbolSpec spec = asset;
    spec.price_digits = option.price_digits = 4;
    spec.quantity_digits = option.quantity_digits = 0;
    spec.price_e8 = call ? 2'750'000 : 2'480'000;  // 0.0275, 0.0248
    spec.lots_per_1000_usd = 10;
    listing.Add(spec, option);
}

bool IsListed(const Listing<Instrument>& listing, const std::string& symbol) {
    return std::ranges::find(listing.instruments, symbol, &Instrument::symbol) !=
           listing.instruments.end();
}

void AddFurther(const SymbolSpec& asset, Listing<Instrument>& listing) {
    if (InDollars(asset.quote)) {
        listing.Add(SpecOfSwap(asset), DatedOf(SwapOf(asset), asset.canonical()));
    }
    if (!HasCoinMargined(asset.base) || !InDollars(asset.quote)) return;
    if (IsListed(listing, Concat(asset.base, "-USD-SWAP"))) return;
    AddCoinMargined(asset, listing);
    for (const bool call : {true, false}) AddOption(asset, call, listing);
}

struct Parts : Recorded {
    using Instrument = okx::Instrument;
    using Instruments = okx::Instruments;
    using MarketFeed = okx::MarketFeed;
    using TextBook = okx::TextBook;
    using Venue = OkxVenue;

    static constexpr const char* kMarkets[] = {"spot", "linear", "inverse", "option"};

    static Listing<Instrument> List(
        const std::vector<SymbolSpec>& symbols, const Options& options
    ) {
        Listing<Instrument> listing;
        for (const SymbolSpec& spec : symbols) {
            listing.Add(spec, SpotOf(spec));
            if (InDollars(spec.quote)) listing.Add(SpecOfSwap(spec), SwapOf(spec));
        }
        // Behind them, since they are quieter.
        if (!options.all_kinds) return listing;
        for (const SymbolSpec& spec : symbols) AddFurther(spec, listing);
        return listing;
    }

    static VenueEntry EntryOf(std::string_view market, const Options& options) {
        VenueEntry entry;
        entry.data_types = {"trade", "book_delta", "bbo", "ticker", "kline"};
        if (market != "spot") entry.data_types.insert({"mark_price", "open_interest"});
        if (market == "linear" || market == "inverse") {
            entry.data_types.insert({"funding_rate", "liquidation"});
        }
        entry.trade_channel = options.trade_channel;
        entry.book_stream = "books";
        return entry;
    }
};

}  // namespace

std::unique_ptr<Exchange> Make(const Plant& plant) {
    return std::make_unique<StreamExchange<Parts>>(plant);
}

}  // namespace mp::sim::okx
