#include "exchange-sim/binance/exchange.hpp"

#include <algorithm>

#include "exchange-sim/binance/backend.hpp"
#include "exchange-sim/binance/market_venue.hpp"
#include "exchange-sim/binance/recording.hpp"
#include "exchange-sim/binance/text_book.hpp"

namespace mp::sim::binance {
namespace {

constexpr std::size_t kDeepest = 5000;

// What a client may spend: the command line's word of spot, never more than contracts allow.
int WeightLimit(const MarketKind& kind, int asked) {
    return IsSpot(kind) ? asked : std::min(asked, kind.weight_limit);
}

class BinanceExchange final : public Exchange {
  public:
    using Exchange::Exchange;

    Status Load() override {
        auto loaded = LoadRecording(plant_.options.replay, plant_.hub);
        if (!loaded.ok()) return loaded.status();
        Tell(loaded->remarks);
        info_ = std::move(loaded->exchange_info);
        entries_ = {std::move(loaded->settings)};
        source_.Serve(std::move(loaded->recording), plant_.options.speed);
        Open(*loaded->market);
        return OkStatus();
    }

    void Generate(const std::vector<SymbolSpec>& specs, double rate) override {
        VenueEntry entry;
        entry.exchange = "binance";
        entry.market = kSpot.name;
        entry.data_types = {"trade", "book_delta", "bbo", "ticker", "kline"};
        entry.trade_channel = plant_.options.trade_channel;
        entry.book_stream = "depth@100ms";
        entry.kline_intervals = {"1m"};
        RecordedForm form;
        for (const SymbolSpec& spec : specs) {
            const std::string symbol = spec.base + spec.quote;
            entry.symbols.push_back(spec.canonical());
            form.symbols.push_back(symbol);
            info_.Add({symbol, spec.base, spec.quote, spec.price_digits, spec.quantity_digits});
        }
        form.make_book = MakeBook<TextBook>;
        form.rest_book = [this](std::uint32_t symbol) { return feed_->Depth(symbol, kDeepest); };
        const MakeWriter make = [this](Market& market, auto wanted, auto out) {
            auto feed =
                std::make_unique<MarketFeed>(market, plant_.hub, std::move(wanted), std::move(out));
            feed_ = feed.get();
            return feed;
        };
        entries_ = {std::move(entry)};
        source_.Generate(specs, make, std::move(form), rate);
        Open(kSpot);
    }

  private:
    void Open(const MarketKind& kind) {
        if (source_.replay() != nullptr) {
            backend_ = std::make_unique<RecordedBackend>(*source_.replay());
        } else {
            backend_ = std::make_unique<GeneratedBackend>(*source_.market(), *feed_);
        }
        venue_ = std::make_unique<MarketVenue>(
            kind,
            plant_.hub,
            plant_.log,
            plant_.outlet.faults(),
            *backend_,
            info_,
            WeightLimit(kind, plant_.options.weight_limit)
        );
    }

    ExchangeInfo info_;
    MarketFeed* feed_ = nullptr;  // the source's
    std::unique_ptr<Backend> backend_;
};

}  // namespace

std::unique_ptr<Exchange> Make(const Plant& plant) {
    return std::make_unique<BinanceExchange>(plant);
}

}  // namespace mp::sim::binance
