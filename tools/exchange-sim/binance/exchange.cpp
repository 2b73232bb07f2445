#include "exchange-sim/binance/exchange.hpp"

#include <algorithm>

#include "exchange-sim/binance/backend.hpp"
#include "exchange-sim/binance/market_venue.hpp"
#include "exchange-sim/binance/recording.hpp"
#include "exchange-sim/binance/text_book.hpp"
#include "exchange-sim/binance/weight.hpp"
#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::binance {
namespace {

constexpr std::size_t kDeepest = 5000;

// What a client may spend: the command line's word of spot, never more than contracts allow.
int WeightLimit(const MarketKind& kind, int asked) {
    return IsSpot(kind) ? asked : std::min(asked, kind.weight_limit);
}

std::shared_ptr<WeightLimiter> MakeWeights(const Plant& plant, const MarketKind& kind) {
    return std::make_shared<WeightLimiter>(
        IsSpot(kind) ? "binance" : "binance contracts",
        WeightLimit(kind, plant.options.weight_limit),
        plant.tally
    );
}

// What a contract of the coin-margined market is worth.
std::int64_t ContractE8(const SymbolSpec& spec) {
    return (spec.base == "BTC" ? 100 : 10) * kE8;
}

// A market's generated symbols: what moves, what is listed, and how both are called.
struct Generated {
    std::vector<SymbolSpec> specs;
    std::vector<Instrument> instruments;
    std::vector<std::string> canonical;
    std::vector<std::int64_t> contracts_e8;
};

void AddSpot(const SymbolSpec& spec, Generated& out) {
    const std::string symbol = spec.base + spec.quote;
    out.instruments.push_back(
        {symbol, spec.base, spec.quote, spec.price_digits, spec.quantity_digits}
    );
    out.canonical.push_back(spec.canonical());
    out.contracts_e8.push_back(0);
    out.specs.push_back(spec);
}

void AddLinear(const SymbolSpec& spec, Generated& out) {
    AddSpot(spec, out);
    out.instruments.back().expiry = "PERP";
    out.canonical.back() += "-PERP";
}

void AddInverse(SymbolSpec spec, Generated& out) {
    const std::string canonical = Concat(spec.base, "-USD-PERP");
    if (std::ranges::find(out.canonical, canonical) != out.canonical.end()) return;
    const std::int64_t contract = ContractE8(spec);
    spec.inverse = true;
    spec.quantity_digits = 0;
    spec.lots_per_1000_usd = 1000 * kE8 / contract;
    const std::string symbol = Concat(spec.base, "USD_PERP");
    out.instruments.push_back({symbol, spec.base, "USD", spec.price_digits, 0, "PERP"});
    out.canonical.push_back(canonical);
    out.contracts_e8.push_back(contract);
    out.specs.push_back(std::move(spec));
}

Generated List(const MarketKind& kind, const std::vector<SymbolSpec>& symbols) {
    Generated out;
    for (const SymbolSpec& spec : symbols) {
        if (IsSpot(kind)) {
            AddSpot(spec, out);
        } else if (kind.name == kLinear.name) {
            AddLinear(spec, out);
        } else {
            AddInverse(spec, out);
        }
    }
    return out;
}

class BinanceExchange final : public Exchange {
  public:
    // `kind` is what is generated; a capture says by itself what it is of.
    BinanceExchange(
        const Plant& plant, const MarketKind& kind, std::shared_ptr<WeightLimiter> weights
    )
        : Exchange(plant), kind_(kind), weights_(std::move(weights)) {}

    Status Load() override {
        auto loaded = LoadRecording(plant_.options.replay, plant_.hub);
        if (!loaded.ok()) return loaded.status();
        Tell(loaded->remarks);
        info_ = std::move(loaded->exchange_info);
        entries_ = {std::move(loaded->settings)};
        source_.Serve(std::move(loaded->recording), plant_.options.speed);
        weights_ = MakeWeights(plant_, *loaded->market);
        Open(*loaded->market, "");
        return OkStatus();
    }

    void Generate(const std::vector<SymbolSpec>& symbols, double rate) override {
        Generated generated = List(kind_, symbols);
        const std::string mount(IsSpot(kind_) ? "" : kind_.name);
        prefix_ = mount.empty() ? "" : mount + ":";
        FeedForm names{kind_, prefix_, {}, generated.contracts_e8};
        RecordedForm form;
        for (const Instrument& instrument : generated.instruments) {
            info_.Add(instrument);
            names.symbols.push_back(instrument.symbol);
            form.symbols.push_back(names.prefix + instrument.symbol);
        }
        entries_ = {EntryOf(std::move(generated.canonical), mount)};
        form.make_book = MakeBook<TextBook>;
        form.rest_book = [this](std::uint32_t symbol) { return feed_->Depth(symbol, kDeepest); };
        const MakeWriter make = [&](Market& market, auto wanted, auto out) {
            auto feed = std::make_unique<MarketFeed>(
                market, plant_.hub, names, std::move(wanted), std::move(out)
            );
            feed_ = feed.get();
            return feed;
        };
        source_.Generate(std::move(generated.specs), make, std::move(form), rate);
        Open(kind_, mount);
    }

    void SetListed(std::string_view symbol, bool listed) override {
        if (!ConsumePrefix(symbol, prefix_)) return;
        info_.SetListed(symbol, listed);
    }

  private:
    VenueEntry EntryOf(std::vector<std::string> symbols, const std::string& mount) const {
        VenueEntry entry;
        entry.exchange = "binance";
        entry.market = kind_.name;
        entry.symbols = std::move(symbols);
        entry.data_types = {"trade", "book_delta", "bbo", "ticker", "kline"};
        if (!IsSpot(kind_)) {
            entry.data_types.insert({"mark_price", "funding_rate", "liquidation"});
        }
        entry.trade_channel = plant_.options.trade_channel;
        entry.book_stream = "depth@100ms";
        entry.kline_intervals = {"1m"};
        if (!mount.empty()) entry.socket_path = "/" + mount;
        return entry;
    }

    // `mount`: below which address, where several markets are served at one.
    void Open(const MarketKind& kind, const std::string& mount) {
        if (source_.replay() != nullptr) {
            backend_ = std::make_unique<RecordedBackend>(*source_.replay());
        } else {
            backend_ = std::make_unique<GeneratedBackend>(*source_.market(), *feed_);
        }
        venue_ = std::make_unique<MarketVenue>(
            kind, mount, plant_.hub, plant_.log, plant_.outlet.faults(), *backend_, info_, *weights_
        );
    }

    const MarketKind& kind_;
    std::string prefix_;  // of symbols in the log
    std::shared_ptr<WeightLimiter> weights_;
    ExchangeInfo info_;
    MarketFeed* feed_ = nullptr;  // the source's
    std::unique_ptr<Backend> backend_;
};

}  // namespace

std::unique_ptr<Exchange> Make(const Plant& plant) {
    return std::make_unique<BinanceExchange>(plant, kSpot, MakeWeights(plant, kSpot));
}

std::vector<std::unique_ptr<Exchange>> MakeContracts(const Plant& plant) {
    std::vector<std::unique_ptr<Exchange>> made;
    const auto weights = MakeWeights(plant, kLinear);
    for (const MarketKind* kind : {&kLinear, &kInverse}) {
        made.push_back(std::make_unique<BinanceExchange>(plant, *kind, weights));
    }
    return made;
}

}  // namespace mp::sim::binance
