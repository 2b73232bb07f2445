#pragma once
// One change of the store: collected first, then sent. Tables cannot be changed together, so the
// order makes up for it: an intent says which days of which series are about to change; then come
// the rows; one insert into the table `state` ends it. A change that was broken off is repeated by
// who asked for it, and finds its own rows by their identity; until then the intent tells that
// these days must be counted again.
//
// Rows go to the primaries of the shards that their instruments are pinned to, the state to that of
// the first shard. A new pin is stored with the intent, before any row of its instrument.

#include <array>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/instrument.hpp"
#include "storage/engines/clickhouse/cluster.hpp"
#include "storage/engines/clickhouse/placement.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/clickhouse/state.hpp"
#include "storage/engines/coverage_ledger.hpp"

namespace mp::storage::clickhouse {

// The day of a series, as keys of the state and intents name it.
std::string DayKey(const SeriesState& series, DayNumber day);

class Commit {
  public:
    // Everything referenced outlives it; so does what is handed to it by view.
    Commit(const Cluster& cluster, Placement& placement, uint64_t revision)
        : cluster_(cluster), placement_(placement), revision_(revision) {}

    void PutEvent(SeriesState& series, std::string_view key, std::string_view bytes);
    void RemoveEvent(SeriesState& series, std::string_view key);
    // Where the event with this key's identity stands.
    void PutReceipt(SeriesState& series, std::string_view key);
    void ChangeCoverage(const SeriesTable& table, const RowChanges& changes);

    // The event with this key was stored before; whoever reads its day from here on must see it.
    void Confirm(SeriesState& series, std::string_view key);

    void PutState(std::string_view kind, std::string key, std::string value, uint64_t number = 0);
    void PutState(StateRow row) { state_.push_back(std::move(row)); }
    void RemoveState(std::string_view kind, std::string key);

    // Sends everything but the state. The days that change are widened before.
    Status SendRows();
    // Sends the state: committed.
    Status Finish();

  private:
    struct Row {
        SeriesState* series = nullptr;
        std::string_view key;
        std::string_view event;  // empty: gone
    };
    using Rows = std::array<std::vector<Row>, model::kDataTypes + 1>;
    using Days = std::map<std::pair<SeriesState*, DayNumber>, std::pair<Nanos, Nanos>>;

    void Touch(SeriesState& series, std::string_view key);
    // Gives every row's instrument its shard; what says so, where that is new.
    std::vector<StateRow> Place();
    void MarkChanged();
    std::vector<StateRow> Intent();
    Status Insert(const Client& server, std::string_view insert, std::string_view packed) const;
    template <typename Less, typename Send>
    Status SendToShards(std::span<Row> rows, Less less, Send send);
    Status SendReceipts();
    Status SendReceipts(const Shard& shard, std::span<const Row> rows);
    Status SendEvents(Rows& rows);
    Status SendType(model::DataType type, std::span<Row> rows);
    Status SendType(const Shard& shard, model::DataType type, std::span<const Row> rows);

    const Cluster& cluster_;
    Placement& placement_;
    const uint64_t revision_;
    Rows put_;
    Rows removed_;
    std::vector<Row> receipts_;
    Days days_;                            // first and last time that changes
    Days::value_type* touched_ = nullptr;  // the last one
    bool claims_ = false;
    std::vector<StateRow> state_;
    std::shared_future<Status> intent_;
};

}  // namespace mp::storage::clickhouse
