#include "exchange-sim/okx/exchange.hpp"

#include <array>
#include <cmath>
#include <iostream>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/okx/okx_venue.hpp"
#include "exchange-sim/okx/recording.hpp"
#include "exchange-sim/okx/text_book.hpp"

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
    instrument.id = spec.canonical();
    instrument.type = "SPOT";
    instrument.base = spec.base;
    instrument.quote = spec.quote;
    instrument.price_digits = spec.price_digits;
    instrument.quantity_digits = spec.quantity_digits;
    return instrument;
}

Instrument SwapOf(const SymbolSpec& spec) {
    Instrument instrument = SpotOf(spec);
    instrument.id += "-SWAP";
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

class OkxExchange final : public Exchange {
  public:
    explicit OkxExchange(const Plant& plant) : plant_(plant), source_(plant) {}

    Venue& venue() override { return *venue_; }
    Source& source() override { return source_; }
    const std::vector<VenueEntry>& entries() const override { return entries_; }

    Status Load() {
        auto loaded = LoadRecording(plant_.options.replay, plant_.hub);
        if (!loaded.ok()) return loaded.status();
        for (const std::string& remark : loaded->remarks) {
            std::cerr << "mp-exchange-sim: " << remark << "\n";
        }
        instruments_ = std::move(loaded->instruments);
        entries_ = std::move(loaded->entries);
        source_.Serve(std::move(loaded->recording), plant_.options.speed);
        Open();
        return OkStatus();
    }

    void Generate(const std::vector<SymbolSpec>& symbols, double rate) {
        std::vector<SymbolSpec> specs;
        std::vector<Instrument> instruments;
        const auto add = [&](const SymbolSpec& spec, const Instrument& instrument) {
            specs.push_back(spec);
            instruments.push_back(instrument);
            instruments_.Add(instrument);
        };
        for (const SymbolSpec& spec : symbols) {
            add(spec, SpotOf(spec));
            if (InDollars(spec.quote)) add(SpecOfSwap(spec), SwapOf(spec));
        }
        Describe(instruments);
        RecordedForm form;
        for (const Instrument& instrument : instruments) form.symbols.push_back(instrument.id);
        form.make_book = []() -> std::unique_ptr<RecordedBook> {
            return std::make_unique<TextBook>();
        };
        const MakeWriter make = [&, this](Market& market, auto wanted, auto out) {
            auto feed = std::make_unique<MarketFeed>(
                market, plant_.hub, instruments, std::move(wanted), std::move(out)
            );
            feed_ = feed.get();
            return feed;
        };
        source_.Generate(std::move(specs), make, std::move(form), rate);
        Open();
    }

  private:
    void Describe(const std::vector<Instrument>& instruments) {
        for (const char* market : {"spot", "linear"}) {
            VenueEntry entry;
            entry.exchange = "okx";
            entry.market = market;
            entry.data_types = {"trade", "book_delta", "bbo", "ticker", "kline"};
            if (entry.market == "linear") {
                entry.data_types.insert(
                    {"mark_price", "funding_rate", "open_interest", "liquidation"}
                );
            }
            entry.trade_channel = plant_.options.trade_channel;
            entry.book_stream = "books";
            entry.kline_intervals = {"1m"};
            for (const Instrument& instrument : instruments) {
                if (instrument.market() == market) entry.symbols.push_back(instrument.id);
            }
            if (!entry.symbols.empty()) entries_.push_back(std::move(entry));
        }
    }

    void Open() {
        const MarketFeed* feed = source_.replay() == nullptr ? feed_ : nullptr;
        venue_ = std::make_unique<OkxVenue>(plant_, instruments_, source_, feed);
    }

    const Plant plant_;
    Source source_;
    Instruments instruments_;
    std::vector<VenueEntry> entries_;
    MarketFeed* feed_ = nullptr;  // the source's
    std::unique_ptr<OkxVenue> venue_;
};

}  // namespace

Result<std::unique_ptr<Exchange>> Generate(
    const Plant& plant, const std::vector<SymbolSpec>& specs, double rate
) {
    auto exchange = std::make_unique<OkxExchange>(plant);
    exchange->Generate(specs, rate);
    return exchange;
}

Result<std::unique_ptr<Exchange>> Load(const Plant& plant) {
    auto exchange = std::make_unique<OkxExchange>(plant);
    MP_RETURN_IF_ERROR(exchange->Load());
    return exchange;
}

}  // namespace mp::sim::okx
