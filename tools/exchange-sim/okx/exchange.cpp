#include "exchange-sim/okx/exchange.hpp"

#include <cmath>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/okx/okx_venue.hpp"
#include "exchange-sim/okx/recording.hpp"
#include "exchange-sim/okx/text_book.hpp"
#include "exchange-sim/stream_exchange.hpp"

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

struct Parts : Recorded {
    using Instrument = okx::Instrument;
    using Instruments = okx::Instruments;
    using MarketFeed = okx::MarketFeed;
    using TextBook = okx::TextBook;
    using Venue = OkxVenue;

    static constexpr const char* kMarkets[] = {"spot", "linear"};

    static Listing<Instrument> List(const std::vector<SymbolSpec>& symbols) {
        Listing<Instrument> listing;
        for (const SymbolSpec& spec : symbols) {
            listing.Add(spec, SpotOf(spec));
            if (InDollars(spec.quote)) listing.Add(SpecOfSwap(spec), SwapOf(spec));
        }
        return listing;
    }

    static VenueEntry EntryOf(std::string_view market, const Options& options) {
        VenueEntry entry;
        entry.data_types = {"trade", "book_delta", "bbo", "ticker", "kline"};
        if (market == "linear") {
            entry.data_types.insert({"mark_price", "funding_rate", "open_interest", "liquidation"});
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
