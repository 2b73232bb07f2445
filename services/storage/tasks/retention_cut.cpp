#include "storage/tasks/retention_cut.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "wire/key_peek.hpp"

namespace mp::storage {
namespace {

// Updates that bridge a snapshot are received before it.
constexpr Nanos kBridging = 60 * kSecond;
// How far a venue's clock may be ahead of ours.
constexpr Nanos kClocksDiffer = 3600 * kSecond;

// The newest event of a series that was received before the instant.
Result<std::optional<wire::EventKey>> NewestBefore(
    const Engine& engine, const model::Series& series, Nanos before
) {
    const std::optional<SeriesId> id = engine.Find(series);
    if (!id) return std::optional<wire::EventKey>();
    ScanRange range;
    range.time.to = std::min(before, std::numeric_limits<Nanos>::max() - kClocksDiffer);
    range.time.to += kClocksDiffer;
    range.direction = Direction::kBackward;
    range.bulk = true;
    const auto rows = engine.Scan(*id, range);
    if (!rows.ok()) return rows.status();
    std::string identity;
    while ((*rows)->Next()) {
        wire::EventKey key;
        identity.clear();
        const Status read = wire::PeekKey((*rows)->event(), series.data_type, key, identity);
        if (read.ok() && key.received_ts < before) return std::optional<wire::EventKey>(key);
    }
    MP_RETURN_IF_ERROR((*rows)->status());
    return std::optional<wire::EventKey>();
}

}  // namespace

Result<Nanos> RetentionCut(const Engine& engine, const model::Series& series, Nanos before) {
    using model::DataType;
    const DataType type = series.data_type;
    if (type != DataType::kInstrument && type != DataType::kBookSnapshot &&
        type != DataType::kBookDelta) {
        return before;
    }
    const bool updates = type == DataType::kBookDelta;
    const DataType state = updates ? DataType::kBookSnapshot : type;
    const auto kept = NewestBefore(engine, {series.instrument, state}, before);
    if (!kept.ok()) return kept.status();
    if (!*kept) return before;
    const Nanos received = (*kept)->received_ts;
    if (!updates) return received;
    const Nanos first = std::min(received, (*kept)->order_ts);
    return std::max(first, std::numeric_limits<Nanos>::min() + kBridging) - kBridging;
}

}  // namespace mp::storage
