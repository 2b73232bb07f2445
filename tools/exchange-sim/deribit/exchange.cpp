#include "exchange-sim/deribit/exchange.hpp"

#include <algorithm>
#include <iostream>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/deribit/deribit_venue.hpp"
#include "exchange-sim/deribit/recording.hpp"
#include "exchange-sim/deribit/text_book.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::deribit {
namespace {

constexpr std::int64_t kDay = 24 * 3600 * std::int64_t{1000};
constexpr std::int64_t kOptionLife = 30 * kDay;

bool IsInverse(const std::string& base) {
    return base == "BTC" || base == "ETH";
}

// What is generated, as the market and as the exchange see it.
struct Listed {
    std::vector<SymbolSpec> specs;
    std::vector<Generated> instruments;

    void Add(SymbolSpec spec, Instrument instrument, std::uint32_t underlying) {
        specs.push_back(std::move(spec));
        instruments.push_back({std::move(instrument), underlying});
    }
    bool Has(const std::string& name) const {
        return std::ranges::any_of(instruments, [&name](const Generated& generated) {
            return generated.instrument.name == name;
        });
    }
    std::uint32_t size() const { return static_cast<std::uint32_t>(specs.size()); }
};

void AddPerpetual(const SymbolSpec& asset, Listed& listed) {
    const bool inverse = IsInverse(asset.base);
    Instrument instrument;
    instrument.name = Concat(asset.base, inverse ? "-PERPETUAL" : "_USDC-PERPETUAL");
    if (listed.Has(instrument.name)) return;
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
    listed.Add(spec, instrument, listed.size());
}

// At the money, in the coin, a month from now.
void AddOption(const SymbolSpec& asset, std::uint32_t underlying, bool call, Listed& listed) {
    const std::int64_t day = WallMillis() / kDay * kDay;
    const std::int64_t strike = asset.price_e8 / kE8 / 100 * 100;
    const std::string expiry = DayName(day + kOptionLife);
    Instrument instrument =
        GuessInstrument(Concat(asset.base, "-", expiry, "-", strike, call ? "-C" : "-P"));
    if (listed.Has(instrument.name)) return;
    SymbolSpec spec = asset;
    spec.price_digits = instrument.price_digits = 4;
    spec.quantity_digits = instrument.quantity_digits = 1;
    spec.price_e8 = call ? 2'750'000 : 2'480'000;  // 0.0275, 0.0248
    spec.lots_per_1000_usd = 1;
    listed.Add(spec, instrument, underlying);
}

class DeribitExchange final : public Exchange {
  public:
    explicit DeribitExchange(const Plant& plant) : plant_(plant), source_(plant) {}

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
        Listed listed;
        for (const SymbolSpec& spec : symbols) AddPerpetual(spec, listed);
        // Behind them, since they are quieter.
        const std::uint32_t perpetuals = listed.size();
        for (std::uint32_t i = 0; i < perpetuals; ++i) {
            const SymbolSpec asset = listed.specs[i];
            if (!asset.inverse) continue;
            SymbolSpec option = asset;
            option.inverse = false;
            for (const bool call : {true, false}) AddOption(option, i, call, listed);
        }
        for (const Generated& each : listed.instruments) instruments_.Add(each.instrument);
        Describe(listed.instruments);
        RecordedForm form;
        for (const Generated& each : listed.instruments) {
            form.symbols.push_back(each.instrument.name);
        }
        form.make_book = []() -> std::unique_ptr<RecordedBook> {
            return std::make_unique<TextBook>();
        };
        const MakeWriter make = [&, this](Market& market, auto wanted, auto out) {
            auto feed = std::make_unique<MarketFeed>(
                market, plant_.hub, listed.instruments, std::move(wanted), std::move(out)
            );
            feed_ = feed.get();
            return feed;
        };
        source_.Generate(listed.specs, make, std::move(form), rate);
        Open();
    }

  private:
    void Describe(const std::vector<Generated>& instruments) {
        for (const char* market : {"inverse", "linear", "option"}) {
            VenueEntry entry;
            entry.exchange = "deribit";
            entry.market = market;
            entry.data_types = {
                "trade",
                "book_delta",
                "bbo",
                "ticker",
                "kline",
                "mark_price",
                "open_interest",
                "liquidation"};
            if (entry.market != "option") entry.data_types.insert("funding_rate");
            entry.kline_intervals = {"1m"};
            for (const Generated& each : instruments) {
                if (each.instrument.market() != market) continue;
                entry.symbols.push_back(each.instrument.name);
            }
            if (!entry.symbols.empty()) entries_.push_back(std::move(entry));
        }
    }

    void Open() {
        const MarketFeed* feed = source_.replay() == nullptr ? feed_ : nullptr;
        venue_ = std::make_unique<DeribitVenue>(plant_, instruments_, source_, feed);
    }

    const Plant plant_;
    Source source_;
    Instruments instruments_;
    std::vector<VenueEntry> entries_;
    MarketFeed* feed_ = nullptr;  // the source's
    std::unique_ptr<DeribitVenue> venue_;
};

}  // namespace

Result<std::unique_ptr<Exchange>> Generate(
    const Plant& plant, const std::vector<SymbolSpec>& specs, double rate
) {
    auto exchange = std::make_unique<DeribitExchange>(plant);
    exchange->Generate(specs, rate);
    return exchange;
}

Result<std::unique_ptr<Exchange>> Load(const Plant& plant) {
    auto exchange = std::make_unique<DeribitExchange>(plant);
    MP_RETURN_IF_ERROR(exchange->Load());
    return exchange;
}

}  // namespace mp::sim::deribit
