#include "exchange-sim/bybit/exchange.hpp"

#include <iostream>

#include "exchange-sim/bybit/bybit_venue.hpp"
#include "exchange-sim/bybit/recording.hpp"
#include "exchange-sim/bybit/text_book.hpp"

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

class BybitExchange final : public Exchange {
  public:
    explicit BybitExchange(const Plant& plant) : plant_(plant), source_(plant) {}

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
        for (const SymbolSpec& spec : symbols) {
            for (const char* category : {"spot", "linear"}) {
                const bool dollars = spec.quote == "USDT" || spec.quote == "USDC";
                if (category == std::string_view("linear") && !dollars) continue;
                specs.push_back(spec);
                instruments.push_back(InstrumentOf(spec, category));
                instruments_.Add(instruments.back());
            }
        }
        Describe(instruments);
        RecordedForm form;
        for (const Instrument& instrument : instruments) form.symbols.push_back(instrument.key());
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
        for (const char* category : {"spot", "linear"}) {
            VenueEntry entry;
            entry.exchange = "bybit";
            entry.market = category;
            entry.data_types = {"trade", "book_delta", "bbo", "ticker", "kline"};
            if (entry.market == "linear") {
                entry.data_types.insert(
                    {"mark_price", "funding_rate", "open_interest", "liquidation"}
                );
            }
            entry.kline_intervals = {"1m"};
            entry.snapshot_depth = 200;
            for (const Instrument& instrument : instruments) {
                if (instrument.category == category) entry.symbols.push_back(instrument.symbol);
            }
            if (!entry.symbols.empty()) entries_.push_back(std::move(entry));
        }
    }

    void Open() {
        const MarketFeed* feed = source_.replay() == nullptr ? feed_ : nullptr;
        venue_ = std::make_unique<BybitVenue>(plant_, instruments_, source_, feed);
    }

    const Plant plant_;
    Source source_;
    Instruments instruments_;
    std::vector<VenueEntry> entries_;
    MarketFeed* feed_ = nullptr;  // the source's
    std::unique_ptr<BybitVenue> venue_;
};

}  // namespace

Result<std::unique_ptr<Exchange>> Generate(
    const Plant& plant, const std::vector<SymbolSpec>& specs, double rate
) {
    auto exchange = std::make_unique<BybitExchange>(plant);
    exchange->Generate(specs, rate);
    return exchange;
}

Result<std::unique_ptr<Exchange>> Load(const Plant& plant) {
    auto exchange = std::make_unique<BybitExchange>(plant);
    MP_RETURN_IF_ERROR(exchange->Load());
    return exchange;
}

}  // namespace mp::sim::bybit
