#pragma once
// One change of the store: collected first, then sent. Tables cannot be changed together, so the
// order makes up for it: an intent says which days of which series are about to change; then come
// the rows; one insert into the table `state` ends it. A change that was broken off is repeated by
// who asked for it, and finds its own rows by their identity; until then the intent tells that
// these days must be counted again.

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/instrument.hpp"
#include "storage/engines/clickhouse/client.hpp"
#include "storage/engines/clickhouse/event_columns.hpp"
#include "storage/engines/clickhouse/series_table.hpp"
#include "storage/engines/clickhouse/state.hpp"
#include "storage/engines/coverage_ledger.hpp"

namespace mp::storage::clickhouse {

// How the server spells the types of the tables that are written to.
struct TableTypes {
    std::array<std::vector<ColumnType>, model::kDataTypes + 1> events;  // by data type
    std::vector<ColumnType> receipts;
};

Result<TableTypes> ReadTableTypes(const Client& client);

// The day of a series, as keys of the state and intents name it.
std::string DayKey(const SeriesState& series, DayNumber day);

class Commit {
  public:
    // Everything referenced outlives it; so does what is handed to it by view.
    Commit(const Client& client, const TableTypes& types, uint64_t revision)
        : client_(client), types_(types), revision_(revision) {}

    void PutEvent(SeriesState& series, std::string_view key, std::string_view bytes);
    void RemoveEvent(SeriesState& series, std::string_view key);
    // Where the event with this key's identity stands.
    void PutReceipt(const SeriesState& series, std::string_view key);
    void ChangeCoverage(const SeriesTable& table, const RowChanges& changes);

    void PutState(std::string_view kind, std::string key, std::string value, uint64_t number = 0);
    void RemoveState(std::string_view kind, std::string key);

    // Sends everything but the state. The days that change are widened before.
    Status SendRows();
    // Sends the state: committed.
    Status Finish();

  private:
    struct Row {
        const SeriesState* series = nullptr;
        std::string_view key;
        std::string_view event;  // empty: gone
    };
    using Rows = std::array<std::vector<Row>, model::kDataTypes + 1>;

    void Touch(SeriesState& series, std::string_view key);
    Status SendIntent();
    Status SendReceipts();
    Status SendEvents(Rows& rows);
    Status SendType(model::DataType type, std::vector<Row>& rows);

    const Client& client_;
    const TableTypes& types_;
    const uint64_t revision_;
    Rows put_;
    Rows removed_;
    std::vector<Row> receipts_;
    std::map<std::pair<SeriesState*, DayNumber>, std::pair<Nanos, Nanos>> days_;
    bool claims_ = false;
    std::vector<StateRow> state_;
};

}  // namespace mp::storage::clickhouse
