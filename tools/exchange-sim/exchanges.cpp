#include "exchange-sim/exchanges.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "exchange-sim/binance/exchange.hpp"
#include "exchange-sim/bybit/exchange.hpp"
#include "exchange-sim/capture.hpp"
#include "exchange-sim/deribit/exchange.hpp"
#include "exchange-sim/okx/exchange.hpp"
#include "exchange-sim/symbol_spec.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {
namespace {

using Exchanges = std::vector<std::unique_ptr<Exchange>>;

struct Kind {
    std::string_view name;
    Result<std::unique_ptr<Exchange>> (*generate
    )(const Plant&, const std::vector<SymbolSpec>&, double rate);
    Result<std::unique_ptr<Exchange>> (*load)(const Plant&);
};

// One line an exchange. The last one takes the requests that no other knows.
constexpr std::array<Kind, 4> kKinds{{
    {"bybit", bybit::Generate, bybit::Load},
    {"deribit", deribit::Generate, deribit::Load},
    {"okx", okx::Generate, okx::Load},
    {"binance", binance::Generate, binance::Load},
}};

const Kind* Find(std::string_view name) {
    const auto found = std::ranges::find(kKinds, name, &Kind::name);
    return found == kKinds.end() ? nullptr : found;
}

Result<Exchanges> GenerateAll(const Plant& plant) {
    auto specs = ParseSymbols(plant.options.symbols);
    if (!specs.ok()) return specs.status();
    std::set<std::string_view> wanted;
    for (const std::string_view name : Split(plant.options.venues, ',')) {
        if (Find(name) == nullptr) {
            return absl::InvalidArgumentError(Concat("--venues: unknown exchange '", name, "'"));
        }
        wanted.insert(name);
    }
    Exchanges exchanges;
    for (const Kind& kind : kKinds) {
        if (!wanted.contains(kind.name)) continue;
        const double rate = plant.options.rate / static_cast<double>(wanted.size());
        auto exchange = kind.generate(plant, *specs, rate);
        if (!exchange.ok()) return exchange.status();
        exchanges.push_back(*std::move(exchange));
    }
    if (exchanges.empty()) return absl::InvalidArgumentError("--venues: none named");
    return exchanges;
}

// The exchange whose messages the capture holds; of several, Binance.
Result<Exchanges> LoadCapture(const Plant& plant) {
    auto files = CaptureFiles(plant.options.replay);
    if (!files.ok()) return files.status();
    std::set<std::string> found;
    for (const std::string& file : *files) found.insert(ExchangeOf(file));
    const Kind* kind = &kKinds.back();
    if (!found.contains(std::string(kind->name))) {
        for (const Kind& each : kKinds) {
            if (found.contains(std::string(each.name))) kind = &each;
        }
    }
    auto exchange = kind->load(plant);
    if (!exchange.ok()) return exchange.status();
    Exchanges exchanges;
    exchanges.push_back(*std::move(exchange));
    return exchanges;
}

}  // namespace

Result<Exchanges> MakeExchanges(const Plant& plant) {
    return plant.options.generate ? GenerateAll(plant) : LoadCapture(plant);
}

}  // namespace mp::sim
