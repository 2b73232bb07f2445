#pragma once
// The coverage rows of the instruments that were last written to, so that a claim costs no query.
// Under the engine's write lock.

#include <map>
#include <string>
#include <unordered_map>

#include "storage/engines/clickhouse/cluster.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/coverage_ledger.hpp"

namespace mp::storage::clickhouse {

class CoverageCache final : public CoverageRows {
  public:
    // Both outlive it.
    CoverageCache(const Cluster& cluster, const SeriesTable& table)
        : cluster_(cluster), table_(table) {}

    Result<std::optional<std::string>> Get(SeriesId series, std::string_view key) const override;
    Result<std::vector<std::string>> All(SeriesId series) const override;

    // These changes are stored now.
    void Apply(const RowChanges& changes);
    // Something else changed the stored rows.
    void Forget() { instruments_.clear(); }

  private:
    using Rows = std::map<std::string, std::string, std::less<>>;  // key -> event

    Result<Rows*> Load(SeriesId series) const;

    const Cluster& cluster_;
    const SeriesTable& table_;
    mutable std::unordered_map<SeriesId, Rows> instruments_;
};

}  // namespace mp::storage::clickhouse
