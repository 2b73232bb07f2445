#pragma once
// The table `state`: everything small that a commit changes, written with one insert, which is the
// commit. What is in no insert of it did not happen.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "storage/engines/clickhouse/client.hpp"
#include "storage/engines/clickhouse/lane.hpp"

namespace mp::storage::clickhouse {

// What a row is about, and what its key is then.
namespace kind {
// Of these four each lane has its own: their keys are Lane::Key of the key named here.
inline constexpr std::string_view kPosition = "position";  // ""
inline constexpr std::string_view kLosses = "losses";      // ""
inline constexpr std::string_view kNote = "note";          // of the ingest
// ""; what a writer is about to change. Found again, it never said how that ended.
inline constexpr std::string_view kIntent = "intent";
// Lane::Key(""): who writes to the lane; nobody once it has resigned. The number: of all lanes.
inline constexpr std::string_view kLane = "lane";
inline constexpr std::string_view kOrder = "order";    // orders.hpp
inline constexpr std::string_view kSeries = "series";  // its name
inline constexpr std::string_view kDay = "day";        // name of the series | day
inline constexpr std::string_view kPin = "pin";        // instrument; the value: its shard
// Instrument; from, to and how far, while it is moved to another shard. The number: the revision of
// that step.
inline constexpr std::string_view kMove = "move";
inline constexpr std::string_view kShard = "shard";  // ""; which one this server is of which
}  // namespace kind

struct StateRow {
    std::string kind;
    std::string key;
    std::string value;
    uint64_t number = 0;
    bool deleted = false;

    friend bool operator==(const StateRow&, const StateRow&) = default;
};

struct StoredState {
    std::vector<StateRow> rows;
    uint64_t revision = 0;  // no row of any table has a greater one that was committed
};

// What counts now; rows that are deleted are left out.
Result<StoredState> ReadState(const Client& client, const Lane& lane = {});
// What has changed behind a revision, rows that are deleted by now included.
Result<StoredState> ReadChanges(const Client& client, const Lane& lane, uint64_t revision);
// All lanes' rows of a kind, and those under any other condition.
Result<StoredState> ReadKind(const Client& client, std::string_view kind);
Result<StoredState> ReadWhere(const Client& client, std::string_view condition);
// StoredState::revision alone.
Result<uint64_t> ReadRevision(const Client& client, const Lane& lane = {});
// Commits: all rows or none.
Status WriteState(const Client& client, const std::vector<StateRow>& rows, uint64_t revision);

}  // namespace mp::storage::clickhouse
