#include "model/event.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mp::model {
namespace {

template <typename Enum, size_t N>
std::string_view Name(const std::array<std::string_view, N>& names, Enum value) {
    const auto index = static_cast<size_t>(value);
    return index < N ? names[index] : std::string_view("unspecified");
}

bool SameLevels(std::span<const Level> a, std::span<const Level> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

std::string_view ToString(Side value) {
    static constexpr std::array<std::string_view, 3> kNames{"unspecified", "buy", "sell"};
    return Name(kNames, value);
}

std::string_view ToString(QuantityUnit value) {
    static constexpr std::array<std::string_view, 3> kNames{"base", "quote", "contracts"};
    return Name(kNames, value);
}

std::string_view ToString(TradeIdSpace value) {
    static constexpr std::array<std::string_view, 2> kNames{"trade", "aggregate"};
    return Name(kNames, value);
}

std::string_view ToString(SnapshotOrigin value) {
    static constexpr std::array<std::string_view, 2> kNames{"venue", "derived"};
    return Name(kNames, value);
}

std::string_view ToString(InstrumentType value) {
    static constexpr std::array<std::string_view, 5> kNames{
        "unspecified", "futures", "swap", "spot", "option"};
    return Name(kNames, value);
}

std::string_view ToString(InstrumentStatus value) {
    static constexpr std::array<std::string_view, 5> kNames{
        "unspecified", "trading", "halted", "pre_listed", "delisted"};
    return Name(kNames, value);
}

std::string_view ToString(CoverageBasis value) {
    static constexpr std::array<std::string_view, 3> kNames{
        "unspecified", "sequence", "connection"};
    return Name(kNames, value);
}

std::string_view ToString(CoverageState value) {
    static constexpr std::array<std::string_view, 5> kNames{
        "unspecified", "complete", "open", "repaired", "unrepairable"};
    return Name(kNames, value);
}

bool operator==(const BookDelta& a, const BookDelta& b) {
    return a.first_update_id == b.first_update_id && a.last_update_id == b.last_update_id &&
           a.epoch == b.epoch && a.previous_update_id == b.previous_update_id && a.part == b.part &&
           a.parts == b.parts && a.quantity_unit == b.quantity_unit && SameLevels(a.bids, b.bids) &&
           SameLevels(a.asks, b.asks);
}

bool operator==(const BookSnapshot& a, const BookSnapshot& b) {
    return a.last_update_id == b.last_update_id && a.epoch == b.epoch && a.origin == b.origin &&
           a.known_bid_to == b.known_bid_to && a.known_ask_to == b.known_ask_to &&
           a.part == b.part && a.parts == b.parts && a.quantity_unit == b.quantity_unit &&
           SameLevels(a.bids, b.bids) && SameLevels(a.asks, b.asks);
}

}  // namespace mp::model
