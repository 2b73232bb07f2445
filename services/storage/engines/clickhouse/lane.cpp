#include "storage/engines/clickhouse/lane.hpp"

#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

constexpr int kEpochShift = 40;
constexpr int kNumberShift = 32;

}  // namespace

std::string Lane::Key(std::string_view key) const {
    return whole() ? std::string(key) : Concat(number_, "/", key);
}

std::string Lane::OwnRows() const {
    if (whole()) return "1";
    return Concat(
        "(revision >= ",
        kFirstRevision,
        " AND intDiv(revision, ",
        uint64_t{1} << kNumberShift,
        ") % ",
        kMost,
        " = ",
        number_,
        ")"
    );
}

std::string Lane::OwnOrOlderRows() const {
    if (whole()) return "1";
    return Concat("(revision < ", kFirstRevision, " OR ", OwnRows(), ")");
}

uint64_t Lane::NextEpoch(uint64_t stored) const {
    const uint64_t epoch = (stored >> kEpochShift) + 1;
    return epoch << kEpochShift | uint64_t{number_} << kNumberShift;
}

}  // namespace mp::storage::clickhouse
