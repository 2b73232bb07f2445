#include "storage/engines/clickhouse/coverage_cache.hpp"

#include <utility>

#include "storage/engines/clickhouse/cursor.hpp"

namespace mp::storage::clickhouse {
namespace {

// About 1 KiB each; beyond, everything is read anew as it is needed.
constexpr size_t kMaxInstruments = 20'000;

}  // namespace

Result<CoverageCache::Rows*> CoverageCache::Load(SeriesId series) const {
    if (const auto known = instruments_.find(series); known != instruments_.end()) {
        return &known->second;
    }
    const SeriesState* const state = table_.At(series);
    Rows rows;
    if (state != nullptr && state->stored) {
        PagedCursor cursor(cluster_, *state, {}, ReadFrom::kPrimary);
        while (cursor.Next()) rows.emplace(cursor.key(), cursor.event());
        MP_RETURN_IF_ERROR(cursor.status());
    }
    if (instruments_.size() >= kMaxInstruments) instruments_.clear();
    return &(instruments_[series] = std::move(rows));
}

Result<std::optional<std::string>> CoverageCache::Get(SeriesId series, std::string_view key) const {
    const Result<Rows*> rows = Load(series);
    if (!rows.ok()) return rows.status();
    const auto row = (*rows)->find(key);
    if (row == (*rows)->end()) return std::optional<std::string>();
    return std::optional<std::string>(row->second);
}

Result<std::vector<std::string>> CoverageCache::All(SeriesId series) const {
    const Result<Rows*> rows = Load(series);
    if (!rows.ok()) return rows.status();
    std::vector<std::string> events;
    for (const auto& [key, event] : **rows) events.push_back(event);
    return events;
}

void CoverageCache::Apply(const RowChanges& changes) {
    for (const auto& [place, event] : changes) {
        const auto known = instruments_.find(place.first);
        if (known == instruments_.end()) continue;
        if (event) {
            known->second.insert_or_assign(place.second, *event);
        } else {
            known->second.erase(place.second);
        }
    }
}

}  // namespace mp::storage::clickhouse
