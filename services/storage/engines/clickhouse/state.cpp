#include "storage/engines/clickhouse/state.hpp"

#include <algorithm>

#include "storage/engines/clickhouse/native.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

// Series come before their days.
Result<StoredState> Read(const Client& client, std::string_view condition) {
    const Result<std::string> answer = client.Query(Concat(
        "SELECT kind, key, value, number, revision, deleted FROM state WHERE ",
        condition,
        " ORDER BY kind DESC, key, revision DESC LIMIT 1 BY kind, key FORMAT Native"
    ));
    if (!answer.ok()) return answer.status();
    StoredState state;
    BlockReader blocks(*answer);
    for (;;) {
        const Result<bool> more = blocks.Next();
        if (!more.ok()) return more.status();
        if (!*more) return state;
        std::vector<ColumnReader>& columns = blocks.columns();
        if (columns.size() != 6) return absl::DataLossError("the table state has other columns");
        for (size_t row = 0; row < blocks.rows(); ++row) {
            StateRow found;
            found.kind = columns[0].TakeText();
            found.key = columns[1].TakeText();
            found.value = columns[2].TakeText();
            found.number = columns[3].Take<uint64_t>();
            state.revision = std::max(state.revision, columns[4].Take<uint64_t>());
            found.deleted = columns[5].Take<uint8_t>() != 0;
            state.rows.push_back(std::move(found));
        }
    }
}

}  // namespace

Result<StoredState> ReadWhere(const Client& client, std::string_view condition) {
    Result<StoredState> state = Read(client, condition);
    if (state.ok()) std::erase_if(state->rows, [](const StateRow& row) { return row.deleted; });
    return state;
}

Result<StoredState> ReadState(const Client& client, const Lane& lane) {
    return ReadWhere(client, lane.OwnOrOlderRows());
}

Result<StoredState> ReadKind(const Client& client, std::string_view kind) {
    return ReadWhere(client, Concat("kind = '", kind, "'"));
}

Result<StoredState> ReadChanges(const Client& client, const Lane& lane, uint64_t revision) {
    return Read(client, Concat("revision > ", revision, " AND ", lane.OwnRows()));
}

Result<uint64_t> ReadRevision(const Client& client, const Lane& lane) {
    const auto rows =
        client.Rows(Concat("SELECT max(revision) FROM state WHERE ", lane.OwnOrOlderRows()));
    if (!rows.ok()) return rows.status();
    uint64_t revision = 0;
    if (rows->size() != 1 || !ParseNumber(rows->front().front(), revision)) {
        return absl::DataLossError("the table state does not tell its revision");
    }
    return revision;
}

Status WriteState(const Client& client, const std::vector<StateRow>& rows, uint64_t revision) {
    if (rows.empty()) return OkStatus();
    static const std::vector<ColumnType> kTypes{
        {"kind", "String"},
        {"key", "String"},
        {"value", "String"},
        {"number", "UInt64"},
        {"revision", "UInt64"},
        {"deleted", "UInt8"}};
    std::vector<ColumnWriter> columns(kTypes.size());
    for (const StateRow& row : rows) {
        columns[0].Put(std::string_view(row.kind));
        columns[1].Put(std::string_view(row.key));
        columns[2].Put(std::string_view(row.value));
        columns[3].Put(row.number);
        columns[4].Put(revision);
        columns[5].Put(static_cast<uint8_t>(row.deleted));
    }
    std::string block;
    WriteBlock(kTypes, columns, rows.size(), block);
    return client.Insert(
        "INSERT INTO state (kind, key, value, number, revision, deleted) FORMAT Native", block
    );
}

}  // namespace mp::storage::clickhouse
