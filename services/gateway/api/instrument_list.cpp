#include "gateway/api/instrument_list.hpp"

#include <algorithm>
#include <utility>

namespace mp::gateway {
namespace {

// What stands before the next `separator`, or all; `text` is then what stands behind it.
std::string_view CutFront(std::string_view& text, char separator) {
    const size_t end = std::min(text.find(separator), text.size());
    const std::string_view front = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return front;
}

// A symbol of the venue's own may hold colons, too.
std::optional<InstrumentName> FullName(std::string_view text) {
    const std::string_view exchange = CutFront(text, ':');
    const std::optional<model::Market> market = model::ParseMarket(CutFront(text, ':'));
    if (exchange.empty() || !market || text.empty()) return std::nullopt;
    return InstrumentName{std::string(exchange), market, std::string(text)};
}

}  // namespace

Result<std::vector<InstrumentName>> ParseInstrumentList(
    std::string_view text, std::string_view exchange, std::optional<model::Market> market
) {
    std::vector<InstrumentName> names;
    if (text.ends_with(',')) return absl::InvalidArgumentError("symbols: one of them is empty");
    do {
        const std::string_view element = CutFront(text, ',');
        if (element.empty()) return absl::InvalidArgumentError("symbols: one of them is empty");
        if (names.size() == kMaxInstruments) {
            return absl::InvalidArgumentError("symbols: must not be more than 100");
        }
        if (auto full = FullName(element)) {
            names.push_back(*std::move(full));
            continue;
        }
        if (exchange.empty()) return absl::InvalidArgumentError("exchange: is required");
        names.push_back({std::string(exchange), market, std::string(element)});
    } while (!text.empty());
    return names;
}

}  // namespace mp::gateway
