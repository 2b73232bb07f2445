#include "exchange-sim/deribit/exchange.hpp"

#include <algorithm>
#include <utility>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/deribit/deribit_venue.hpp"
#include "exchange-sim/deribit/recording.hpp"
#include "exchange-sim/deribit/text_book.hpp"
#include "exchange-sim/stream_exchange.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::deribit {
namespace {

bool IsInverse(const std::string& base) {
    return base == "BTC" || base == "ETH";
}

using Listed = Listing<Instrument>;

bool Has(const Listed& listed, const std::string& symbol) {
    return std::ranges::find(listed.instruments, symbol, &Instrument::symbol) !=
           listed.instruments.end();
}

void AddPerpetual(const SymbolSpec& asset, Listed& listed) {
    const bool inverse = IsInverse(asset.base);
    Instrument instrument;
    instrument.symbol = Concat(asset.base, inverse ? "-PERPETUAL" : "_USDC-PERPETUAL");
    if (Has(listed, instrument.symbol)) return;
    instrument.kind = "future";
    instrument.base = asset.base;
    instrument.counter = inverse ? "USD" : "USDC";
    SymbolSpec spec = asset;
    if (inverse) {
        spec.inverse = true;
        spec.quantity_digits = 0;
        spec.lots_per_1000_usd = 1000;
    }
    instrument.price_digits = spec.price_digits;
    instrument.quantity_digits = spec.quantity_digits;
    listed.Add(spec, instrument);
}

// At the money, in the coin, a month from now.
void AddOption(const SymbolSpec& asset, bool call, Listed& listed) {
    const std::int64_t strike = asset.price_e8 / kE8 / 100 * 100;
    const std::string expiry = DayName(DayAhead(30));
    Instrument instrument =
        GuessInstrument(Concat(asset.base, "-", expiry, "-", strike, call ? "-C" : "-P"));
    if (Has(listed, instrument.symbol)) return;
    SymbolSpec spec = asset;
    spec.price_digits = instrument.price_digits = 4;
    spec.quantity_digits = instrument.quantity_digits = 1;
    spec.price_e8 = call ? 2'750'000 : 2'480'000;  // 0.0275, 0.0248
    spec.lots_per_1000_usd = 1;
    listed.Add(spec, instrument);
}

// A future that expires in three months, and the spread between it and the perpetual, whose price
// is often below zero.
void AddDated(const SymbolSpec& perpetual, Listed& listed) {
    const std::string pair = Concat(perpetual.base, perpetual.inverse ? "" : "_USDC");
    const std::string expiry = DayName(DayAhead(90));
    Instrument future = GuessInstrument(Concat(pair, "-", expiry));
    future.price_digits = perpetual.price_digits;
    future.quantity_digits = perpetual.quantity_digits;
    listed.Add(perpetual, future);
    Instrument spread = future;
    spread.symbol = Concat(pair, "-FS-", expiry, "_PERP");
    spread.kind = "future_combo";
    SymbolSpec spec = perpetual;
    spec.inverse = false;
    spec.below_e8 = spec.price_e8;
    listed.Add(spec, spread);
}

// A call less one of a higher strike, sold: below zero.
void AddCallSpread(const SymbolSpec& asset, Listed& listed) {
    const std::int64_t strike = asset.price_e8 / kE8 / 100 * 100;
    const std::string expiry = DayName(DayAhead(30));
    Instrument spread =
        GuessInstrument(Concat(asset.base, "-CS-", expiry, "-", strike, "_", strike + 2000));
    spread.kind = "option_combo";
    spread.expiry_ms = GuessInstrument(Concat(asset.base, "-", expiry)).expiry_ms;
    SymbolSpec spec = asset;
    spec.price_digits = spread.price_digits = 4;
    spec.quantity_digits = spread.quantity_digits = 1;
    spec.price_e8 = 2'750'000;
    spec.below_e8 = 2'900'000;
    spec.lots_per_1000_usd = 1;
    listed.Add(spec, spread);
}

struct Parts : Recorded {
    using Instrument = deribit::Instrument;
    using Instruments = deribit::Instruments;
    using MarketFeed = deribit::MarketFeed;
    using TextBook = deribit::TextBook;
    using Venue = DeribitVenue;

    static constexpr const char* kMarkets[] = {"inverse", "linear", "option"};

    static Listed List(const std::vector<SymbolSpec>& symbols, const Options& options) {
        Listed listed;
        for (const SymbolSpec& spec : symbols) AddPerpetual(spec, listed);
        // Behind them, since they are quieter.
        const std::vector<SymbolSpec> perpetuals = listed.specs;
        for (SymbolSpec asset : perpetuals) {
            if (!std::exchange(asset.inverse, false)) continue;
            for (const bool call : {true, false}) AddOption(asset, call, listed);
            if (options.all_kinds) AddCallSpread(asset, listed);
        }
        if (!options.all_kinds) return listed;
        for (const SymbolSpec& asset : perpetuals) AddDated(asset, listed);
        return listed;
    }

    static VenueEntry EntryOf(std::string_view market, const Options&) {
        VenueEntry entry;
        entry.data_types = {
            "trade",
            "book_delta",
            "bbo",
            "ticker",
            "kline",
            "mark_price",
            "open_interest",
            "liquidation"};
        if (market != "option") entry.data_types.insert("funding_rate");
        return entry;
    }
};

}  // namespace

std::unique_ptr<Exchange> Make(const Plant& plant) {
    return std::make_unique<StreamExchange<Parts>>(plant);
}

}  // namespace mp::sim::deribit
