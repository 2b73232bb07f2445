#include "exchange-sim/bybit/exchange.hpp"

#include "exchange-sim/bybit/bybit_venue.hpp"
#include "exchange-sim/bybit/recording.hpp"
#include "exchange-sim/bybit/text_book.hpp"
#include "exchange-sim/stream_exchange.hpp"

namespace mp::sim::bybit {
namespace {

Instrument InstrumentOf(const SymbolSpec& spec, const char* category) {
    Instrument instrument;
    instrument.symbol = spec.base + spec.quote;
    instrument.category = category;
    instrument.base = spec.base;
    instrument.quote = spec.quote;
    instrument.price_digits = spec.price_digits;
    instrument.quantity_digits = spec.quantity_digits;
    return instrument;
}

struct Parts : Recorded {
    using Instrument = bybit::Instrument;
    using Instruments = bybit::Instruments;
    using MarketFeed = bybit::MarketFeed;
    using TextBook = bybit::TextBook;
    using Venue = BybitVenue;

    static constexpr const char* kMarkets[] = {"spot", "linear"};

    static Listing<Instrument> List(const std::vector<SymbolSpec>& symbols, const Options&) {
        Listing<Instrument> listing;
        for (const SymbolSpec& spec : symbols) {
            listing.Add(spec, InstrumentOf(spec, "spot"));
            const bool dollars = spec.quote == "USDT" || spec.quote == "USDC";
            if (dollars) listing.Add(spec, InstrumentOf(spec, "linear"));
        }
        return listing;
    }

    static VenueEntry EntryOf(std::string_view market, const Options&) {
        VenueEntry entry;
        entry.data_types = {"trade", "book_delta", "bbo", "ticker", "kline"};
        if (market == "linear") {
            entry.data_types.insert({"mark_price", "funding_rate", "open_interest", "liquidation"});
        }
        entry.snapshot_depth = 200;
        return entry;
    }
};

}  // namespace

std::unique_ptr<Exchange> Make(const Plant& plant) {
    return std::make_unique<StreamExchange<Parts>>(plant);
}

}  // namespace mp::sim::bybit
