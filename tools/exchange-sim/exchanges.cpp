#include "exchange-sim/exchanges.hpp"

#include <algorithm>
#include <array>
#include <iostream>
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
    Exchanges (*make)(const Plant&);
};

template <std::unique_ptr<Exchange> (*kMake)(const Plant&)>
Exchanges One(const Plant& plant) {
    Exchanges made;
    made.push_back(kMake(plant));
    return made;
}

// One line an exchange. The last one takes the requests that no other knows.
constexpr std::array<Kind, 5> kKinds{{
    {"bybit", One<bybit::Make>},
    {"deribit", One<deribit::Make>},
    {"okx", One<okx::Make>},
    {"binance-contracts", binance::MakeContracts},
    {"binance", One<binance::Make>},
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
        Exchanges made = kind.make(plant);
        const double share = plant.options.rate / static_cast<double>(wanted.size());
        for (std::unique_ptr<Exchange>& each : made) {
            each->Generate(*specs, share / static_cast<double>(made.size()));
            exchanges.push_back(std::move(each));
        }
    }
    if (exchanges.empty()) return absl::InvalidArgumentError("--venues: none named");
    return exchanges;
}

// The exchanges whose messages the capture holds, where they were recorded together; of files of
// one exchange each, Binance's, or what there is.
std::set<std::string> ServedOf(const std::vector<std::string>& files) {
    std::set<std::string> found;
    bool together = false;
    for (const std::string& file : files) {
        const std::set<std::string> exchanges = ExchangesOf(file);
        together = together || exchanges.size() > 1;
        found.insert(exchanges.begin(), exchanges.end());
    }
    std::erase_if(found, [](const std::string& name) { return Find(name) == nullptr; });
    if (found.empty()) return {std::string(kKinds.back().name)};
    if (together || found.size() == 1) return found;
    for (auto kind = kKinds.rbegin();; ++kind) {
        if (found.contains(std::string(kind->name))) return {std::string(kind->name)};
    }
}

Result<Exchanges> LoadCapture(const Plant& plant) {
    auto files = CaptureFiles(plant.options.replay);
    if (!files.ok()) return files.status();
    const std::set<std::string> served = ServedOf(*files);
    Exchanges exchanges;
    for (const Kind& kind : kKinds) {
        if (!served.contains(std::string(kind.name))) continue;
        for (std::unique_ptr<Exchange>& each : kind.make(plant)) {
            MP_RETURN_IF_ERROR(each->Load());
            exchanges.push_back(std::move(each));
        }
    }
    return exchanges;
}

}  // namespace

void Exchange::Tell(const std::vector<std::string>& remarks) {
    for (const std::string& remark : remarks) std::cerr << "mp-exchange-sim: " << remark << "\n";
}

Result<Exchanges> MakeExchanges(const Plant& plant) {
    return plant.options.generate ? GenerateAll(plant) : LoadCapture(plant);
}

}  // namespace mp::sim
