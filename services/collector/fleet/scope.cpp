#include "collector/fleet/scope.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"

namespace mp::collector {
namespace {

// Lists are sets here: their order says nothing.
uint64_t Mix(std::vector<std::string> list, uint64_t hash) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    for (const std::string& text : list) hash = Fnv1a(text, Fnv1a("\n", hash));
    return Fnv1a("\n\n", hash);
}

}  // namespace

uint64_t ScopeOf(const VenueConfig& config) {
    std::vector<std::string> types;
    for (const model::DataType type : config.data_types) {
        types.emplace_back(model::ToString(type));
    }
    uint64_t hash = Mix({config.exchange, std::string(model::ToString(config.market))}, kFnvOffset);
    hash = Mix(config.symbols, hash);
    hash = Mix(config.exclude, hash);
    hash = Mix(std::move(types), hash);
    hash = Mix(config.kline_intervals, hash);
    return Fnv1a(config.trade_channel + "\n" + config.book_stream, hash);
}

}  // namespace mp::collector
