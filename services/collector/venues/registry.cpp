#include "collector/venues/registry.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "collector/venues/binance/contract_venue.hpp"
#include "collector/venues/binance/spot_venue.hpp"
#include "collector/venues/bybit/bybit_venue.hpp"
#include "collector/venues/deribit/deribit_venue.hpp"
#include "collector/venues/okx/okx_venue.hpp"

namespace mp::collector {
namespace {

using Factory = std::unique_ptr<Venue> (*)(const VenueConfig&);

struct Entry {
    std::string_view exchange;
    model::Market market;
    Factory make;
};

// One line a venue.
constexpr Entry kVenues[] = {
    {"binance", model::Market::kSpot, binance::MakeSpotVenue},
    {"binance", model::Market::kLinear, binance::MakeContractVenue},
    {"binance", model::Market::kInverse, binance::MakeContractVenue},
    {"bybit", model::Market::kSpot, bybit::MakeVenue},
    {"bybit", model::Market::kLinear, bybit::MakeVenue},
    {"deribit", model::Market::kLinear, deribit::MakeVenue},
    {"deribit", model::Market::kInverse, deribit::MakeVenue},
    {"deribit", model::Market::kOption, deribit::MakeVenue},
    {"okx", model::Market::kSpot, okx::MakeVenue},
    {"okx", model::Market::kLinear, okx::MakeVenue},
    {"okx", model::Market::kInverse, okx::MakeVenue},
    {"okx", model::Market::kOption, okx::MakeVenue},
};

}  // namespace

Result<std::unique_ptr<Venue>> MakeVenue(const VenueConfig& config) {
    std::string known;
    for (const Entry& entry : kVenues) {
        if (entry.exchange == config.exchange && entry.market == config.market) {
            return entry.make(config);
        }
        known.append(known.empty() ? "" : ", ").append(entry.exchange).append(" ");
        known.append(model::ToString(entry.market));
    }
    return absl::NotFoundError(
        "no venue for exchange " + config.exchange + ", market " +
        std::string(model::ToString(config.market)) + "; there are: " + known
    );
}

Result<std::vector<model::DataType>> StreamedTypes(const VenueConfig& config) {
    const auto venue = MakeVenue(config);
    if (!venue.ok()) return venue.status();
    const model::Instrument any{config.exchange, config.market, "A-B", "AB"};
    std::vector<model::DataType> types;
    for (int number = 1; number <= model::kDataTypes; ++number) {
        const auto type = static_cast<model::DataType>(number);
        if (!(*venue)->StreamsOf(any, type).empty()) types.push_back(type);
    }
    return types;
}

Result<std::vector<model::DataType>> CollectedTypes(const VenueConfig& config) {
    auto types = StreamedTypes(config);
    const auto venue = MakeVenue(config);
    if (!types.ok() || !venue.ok() || (*venue)->history() == nullptr) return types;
    const model::Instrument any{config.exchange, config.market, "A-B", "AB"};
    for (int number = 1; number <= model::kDataTypes; ++number) {
        const auto type = static_cast<model::DataType>(number);
        const bool streamed = std::find(types->begin(), types->end(), type) != types->end();
        if (streamed || (*venue)->history()->PollCalls(any, type).empty()) continue;
        types->push_back(type);
    }
    return types;
}

}  // namespace mp::collector
