#include "storage/engines/clickhouse/commit.hpp"

#include <algorithm>
#include <set>

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/text.hpp"
#include "storage/engines/records.hpp"

namespace mp::storage::clickhouse {
namespace {

// One insert makes one part a day; servers refuse inserts of more than 100 of them.
constexpr size_t kMaxDays = 50;
constexpr size_t kMaxRows = 200'000;

constexpr std::array<std::string_view, 7> kReceiptColumns{
    "data_type", "exchange", "market", "symbol", "identity", "order_ts", "sequence"};

std::string InsertInto(std::string_view table, const std::vector<ColumnType>& columns) {
    std::string names;
    for (const ColumnType& column : columns) {
        Append(names, names.empty() ? "`" : ", `", column.name, "`");
    }
    return Concat("INSERT INTO ", table, " (", names, ") FORMAT Native");
}

bool InOrder(const SeriesState* a, const SeriesState* b) {
    const model::Instrument& left = a->series.instrument;
    const model::Instrument& right = b->series.instrument;
    return std::tie(left.exchange, left.market, left.symbol) <
           std::tie(right.exchange, right.market, right.symbol);
}

}  // namespace

Result<TableTypes> ReadTableTypes(const Client& client) {
    const auto rows = client.Rows(Concat(
        "SELECT table, name, type FROM system.columns WHERE database = '", client.database(), "'"
    ));
    if (!rows.ok()) return rows.status();
    std::map<std::pair<std::string, std::string>, std::string> types;
    for (const auto& row : *rows) {
        if (row.size() == 3) types[{row[0], row[1]}] = row[2];
    }
    const auto column = [&](const std::string& table, std::string_view name) -> Result<ColumnType> {
        const auto found = types.find({table, std::string(name)});
        if (found != types.end()) return ColumnType{std::string(name), found->second};
        return absl::FailedPreconditionError(
            Concat("table ", client.database(), ".", table, " has no column ", name)
        );
    };
    TableTypes tables;
    for (int number = 1; number <= model::kDataTypes; ++number) {
        const auto type = static_cast<model::DataType>(number);
        for (const std::string& name : EventColumnNames(type)) {
            Result<ColumnType> found = column(RowsTable(type), name);
            if (!found.ok()) return found.status();
            tables.events[static_cast<size_t>(number)].push_back(*std::move(found));
        }
    }
    for (const std::string_view name : kReceiptColumns) {
        Result<ColumnType> found = column("receipts", name);
        if (!found.ok()) return found.status();
        tables.receipts.push_back(*std::move(found));
    }
    tables.receipts.push_back({"revision", "UInt64"});
    return tables;
}

std::string DayKey(const SeriesState& series, DayNumber day) {
    return Concat(series.name, "|", day);
}

void Commit::Touch(SeriesState& series, std::string_view key) {
    const Nanos time = ReadSortable(key);
    const auto [entry, fresh] =
        days_.try_emplace({&series, DayOf(time)}, std::pair<Nanos, Nanos>{time, time});
    if (fresh) return;
    entry->second.first = std::min(entry->second.first, time);
    entry->second.second = std::max(entry->second.second, time);
}

void Commit::PutEvent(SeriesState& series, std::string_view key, std::string_view bytes) {
    put_[static_cast<size_t>(series.series.data_type)].push_back({&series, key, bytes});
    Touch(series, key);
}

void Commit::RemoveEvent(SeriesState& series, std::string_view key) {
    removed_[static_cast<size_t>(series.series.data_type)].push_back({&series, key, {}});
    if (series.series.data_type != model::DataType::kCoverage) Touch(series, key);
    claims_ = claims_ || series.series.data_type == model::DataType::kCoverage;
}

void Commit::PutReceipt(const SeriesState& series, std::string_view key) {
    receipts_.push_back({&series, key, {}});
}

void Commit::ChangeCoverage(const SeriesTable& table, const RowChanges& changes) {
    std::vector<Row>& rows = put_[static_cast<size_t>(model::DataType::kCoverage)];
    for (const auto& [place, event] : changes) {
        rows.push_back({table.At(place.first), place.second, {}});
        if (event) rows.back().event = *event;
    }
    claims_ = claims_ || !changes.empty();
}

void Commit::PutState(std::string_view kind, std::string key, std::string value, uint64_t number) {
    state_.push_back({std::string(kind), std::move(key), std::move(value), number, false});
}

void Commit::RemoveState(std::string_view kind, std::string key) {
    state_.push_back({std::string(kind), std::move(key), {}, 0, true});
}

Status Commit::SendRows() {
    if (days_.empty() && !claims_) return OkStatus();
    MP_RETURN_IF_ERROR(SendIntent());
    for (const auto& [place, times] : days_) place.first->days.Widen(times.first, times.second);
    MP_RETURN_IF_ERROR(SendReceipts());
    // What moved must not be seen at two places, whatever happens in between: it comes again.
    MP_RETURN_IF_ERROR(SendEvents(removed_));
    return SendEvents(put_);
}

// It also uses up the revision: rows that were sent under it are never taken for later ones.
Status Commit::SendIntent() {
    std::vector<std::string> days;  // series and day in turn
    for (const auto& [place, times] : days_) {
        days.push_back(records::EncodeSeries(place.first->series));
        days.push_back(Concat(place.second));
    }
    std::string value = records::EncodeTexts(days);
    RemoveState(kind::kIntent, "");
    return WriteState(
        client_, {{std::string(kind::kIntent), "", std::move(value), 0, false}}, revision_ - 1
    );
}

Status Commit::SendReceipts() {
    if (receipts_.empty()) return OkStatus();
    std::stable_sort(receipts_.begin(), receipts_.end(), [](const Row& a, const Row& b) {
        return ReadSortable(a.key) < ReadSortable(b.key);
    });
    std::vector<ColumnWriter> columns(types_.receipts.size());
    for (size_t begin = 0; begin < receipts_.size();) {
        std::set<DayNumber> days;
        size_t rows = 0;
        for (; begin < receipts_.size() && rows < kMaxRows; ++begin, ++rows) {
            const Row& row = receipts_[begin];
            days.insert(DayOf(ReadSortable(row.key)));
            if (days.size() > kMaxDays) break;
            const model::Instrument& instrument = row.series->series.instrument;
            columns[0].Put(static_cast<uint8_t>(row.series->series.data_type));
            columns[1].PutKey(instrument.exchange);
            columns[2].Put(static_cast<int8_t>(instrument.market));
            columns[3].PutKey(instrument.symbol);
            columns[4].Put(row.key.substr(AppendBatch::kIdentityOffset));
            columns[5].Put(ReadSortable(row.key));
            columns[6].Put(ReadBigEndian64(row.key.substr(sizeof(Nanos))));
            columns[7].Put(revision_);
        }
        std::string block;
        WriteBlock(types_.receipts, columns, rows, block);
        MP_RETURN_IF_ERROR(client_.Insert(InsertInto("receipts", types_.receipts), block));
        for (ColumnWriter& column : columns) column.Clear();
    }
    return OkStatus();
}

// Claims come last: they speak about events.
Status Commit::SendEvents(Rows& rows) {
    for (size_t type = 1; type < rows.size(); ++type) {
        if (rows[type].empty()) continue;
        MP_RETURN_IF_ERROR(SendType(static_cast<model::DataType>(type), rows[type]));
    }
    return OkStatus();
}

Status Commit::SendType(model::DataType type, std::vector<Row>& rows) {
    // In the order of the table, so that the server need not sort.
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
        if (a.series != b.series) return InOrder(a.series, b.series);
        return a.key < b.key;
    });
    const std::vector<ColumnType>& types = types_.events[static_cast<size_t>(type)];
    EventWriter writer(type, types);
    const std::string insert = InsertInto(RowsTable(type), types);
    std::set<DayNumber> days;
    for (const Row& row : rows) {
        const DayNumber day = DayOf(ReadSortable(row.key));
        const bool another = type != model::DataType::kCoverage && !days.contains(day);
        if (writer.rows() == kMaxRows || (another && days.size() == kMaxDays)) {
            MP_RETURN_IF_ERROR(client_.Insert(insert, writer.Finish()));
            days.clear();
        }
        days.insert(day);
        const model::Instrument& instrument = row.series->series.instrument;
        if (row.event.empty()) {
            writer.AddGone(instrument, row.key, revision_);
        } else {
            MP_RETURN_IF_ERROR(writer.Add(instrument, row.key, revision_, row.event));
        }
    }
    return client_.Insert(insert, writer.Finish());
}

Status Commit::Finish() {
    return WriteState(client_, state_, revision_);
}

}  // namespace mp::storage::clickhouse
