// Rows as a Parquet file, which the server writes. Times are timestamps, decimals exact, enums
// texts; columns are named as in the views.
//
// A file is several queries: where it ends, how many rows it has, then the rows. All of them look
// at what was committed before the first one, so what arrives meanwhile changes nothing; what is
// deleted or replaced meanwhile can only vanish, and is noticed by counting again.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/clickhouse_engine.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

constexpr std::string_view kKey = "order_ts, sequence, identity";
// What only the engine needs.
constexpr std::array<std::string_view, 4> kOwn{"identity", "revision", "deleted", "raw"};

std::string ExpressionOf(const ColumnType& column) {
    const std::string name = Concat("`", column.name, "`");
    if (column.type == "Int64" || column.type == "Nullable(Int64)") {
        return Concat("fromUnixTimestamp64Nano(", name, ", 'UTC') AS ", name);
    }
    const bool word =
        column.type.starts_with("Enum8(") || column.type.starts_with("LowCardinality(");
    return word ? Concat("CAST(", name, " AS String) AS ", name) : name;
}

// The columns of the file.
std::string ColumnsOf(const std::vector<ColumnType>& types) {
    std::string columns;
    for (const ColumnType& column : types) {
        if (std::find(kOwn.begin(), kOwn.end(), column.name) != kOwn.end()) continue;
        Append(columns, columns.empty() ? "" : ", ", ExpressionOf(column));
    }
    return columns;
}

std::string KeyOf(std::vector<ColumnReader>& columns) {
    std::string key;
    AppendSortable(columns[0].Take<Nanos>(), key);
    AppendBigEndian(columns[1].Take<uint64_t>(), key);
    key += columns[2].TakeText();
    return key;
}

// Where the first `limit` rows end, if there are so many, and whether there are more.
Status FindEnd(const Client& server, const std::string& keys, uint64_t limit, WrittenRows& found) {
    const Result<std::string> answer =
        server.Query(Concat(keys, " LIMIT ", limit - 1, ", 2 FORMAT Native"));
    if (!answer.ok()) return answer.status();
    BlockReader blocks(*answer);
    size_t rows = 0;
    for (;;) {
        const Result<bool> more = blocks.Next();
        if (!more.ok()) return more.status();
        if (!*more) break;
        if (rows == 0) found.last_key = KeyOf(blocks.columns());
        rows += blocks.rows();
    }
    found.more = rows > 1;
    return OkStatus();
}

// Of the rows: how many, and their first and last time.
Status Count(const Client& server, const std::string& keys, WrittenRows& found) {
    const Result<std::string> answer = server.Query(
        Concat("SELECT count(), min(order_ts), max(order_ts) FROM (", keys, ") FORMAT Native")
    );
    if (!answer.ok()) return answer.status();
    BlockReader blocks(*answer);
    const Result<bool> any = blocks.Next();
    if (!any.ok() || !*any) return any.status();
    found.rows = blocks.columns()[0].Take<uint64_t>();
    found.first = blocks.columns()[1].Take<Nanos>();
    found.last = blocks.columns()[2].Take<Nanos>();
    return OkStatus();
}

std::string ConditionOf(const SeriesState& state, const ScanRange& range, uint64_t revision) {
    // The end of time is a time like others.
    const Nanos to = range.time.to == kAllTime.to ? range.time.to : range.time.to - 1;
    std::string condition = Concat(
        IsInstrument(state.series.instrument),
        " AND ",
        IsBetween(range.time.from, to),
        " AND revision <= ",
        revision
    );
    if (!range.after.empty()) Append(condition, " AND ", IsBehind(range.after, range.direction));
    return condition;
}

}  // namespace

Status ClickHouseEngine::WritesParquet() const {
    const MutexLock lock(health_mutex_);
    if (features_.version.empty()) return health_;
    if (features_.parquet) return OkStatus();
    return absl::UnimplementedError(Concat(
        "ClickHouse ",
        features_.version,
        " does not write Parquet, newer servers do; csv and ndjson are written by storage itself"
    ));
}

Result<WrittenRows> ClickHouseEngine::WriteParquet(
    SeriesId series, const ScanRange& range, uint64_t limit, const ByteSink& sink
) const {
    const SeriesState* const state = table_.At(series);
    if (state == nullptr) return absl::NotFoundError("no such series");
    const model::DataType type = state->series.data_type;
    uint64_t committed = 0;
    std::string columns;
    const Shard* shard = nullptr;
    {
        const MutexLock lock(write_);
        MP_RETURN_IF_ERROR(Leads() ? Ready() : Follow());
        committed = revision_;
        shard = cluster_.Of(*state);
        if (shard == nullptr) return WrittenRows{};
        columns = ColumnsOf(shard->types().events[static_cast<size_t>(type)]);
    }
    const Client& server = shard->Reader(committed);
    std::string condition = ConditionOf(*state, range, committed);
    WrittenRows written;
    const auto keys = [&] { return CountingRows(type, kKey, condition, Direction::kForward); };
    MP_RETURN_IF_ERROR(FindEnd(server, keys(), limit, written));
    if (!written.last_key.empty()) {
        // Up to it, itself included.
        condition += Concat(" AND ", IsBehind(written.last_key + '\0', Direction::kBackward));
    }
    MP_RETURN_IF_ERROR(Count(server, keys(), written));
    if (written.rows == 0) return written;
    const std::string rows = CountingRows(
        type,
        Concat("exchange, market, symbol, ", SelectedColumns(type)),
        condition,
        Direction::kForward
    );
    MP_RETURN_IF_ERROR(
        server.Download(Concat("SELECT ", columns, " FROM (", rows, ") FORMAT Parquet"), sink)
    );
    WrittenRows again;
    MP_RETURN_IF_ERROR(Count(server, keys(), again));
    if (again.rows == written.rows && cluster_.Of(*state) == shard) return written;
    return absl::AbortedError(
        Concat(state->name, ": rows were deleted or moved while they were written: begin again")
    );
}

}  // namespace mp::storage::clickhouse
