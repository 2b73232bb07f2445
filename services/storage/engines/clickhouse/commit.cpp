#include "storage/engines/clickhouse/commit.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "base/big_endian.hpp"
#include "storage/engines/clickhouse/in_parallel.hpp"
#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/text.hpp"
#include "storage/engines/records.hpp"

namespace mp::storage::clickhouse {
namespace {

// One insert makes one part a day; servers refuse inserts of more than 100 of them.
constexpr size_t kMaxDays = 50;
constexpr size_t kMaxRows = 200'000;
// Servers sort and compress what one insert brings in one thread, so large ones are cut in two or
// more; smaller parts would only make files.
constexpr size_t kRowsAtOnce = 50'000;
constexpr size_t kInsertsAtOnce = 4;
// Columns are filled block by block, so that they stay in the processor's cache.
constexpr size_t kBlockRows = 8192;

std::string InsertInto(std::string_view table, const std::vector<ColumnType>& columns) {
    std::string names;
    for (const ColumnType& column : columns) {
        Append(names, names.empty() ? "`" : ", `", column.name, "`");
    }
    return Concat("INSERT INTO ", table, " (", names, ") FORMAT Native");
}

}  // namespace

std::string DayKey(const SeriesState& series, DayNumber day) {
    return Concat(series.name, "|", day);
}

void Commit::Touch(SeriesState& series, std::string_view key) {
    const Nanos time = ReadSortable(key);
    const Days::key_type place(&series, DayOf(time));
    // Mostly that of the event before.
    if (touched_ == nullptr || touched_->first != place) {
        touched_ = &*days_.try_emplace(place, time, time).first;
    }
    auto& [first, last] = touched_->second;
    first = std::min(first, time);
    last = std::max(last, time);
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

void Commit::PutReceipt(SeriesState& series, std::string_view key) {
    receipts_.push_back({&series, key, {}});
}

void Commit::Confirm(SeriesState& series, std::string_view key) {
    series.changed = revision_;
    series.days.Need(DayOf(ReadSortable(key)), revision_);
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
    intent_ = std::async(std::launch::async, [this, intent = Intent()] {
        return WriteState(cluster_.meta().primary(), intent, revision_ - 1);
    });
    MarkChanged();
    // What moved must not be seen at two places, whatever happens in between: it comes again. So it
    // leaves its old place while its receipt still says where that is.
    MP_RETURN_IF_ERROR(SendEvents(removed_));
    MP_RETURN_IF_ERROR(SendReceipts());
    MP_RETURN_IF_ERROR(SendEvents(put_));
    return intent_.get();
}

// It also uses up the revision: rows that were sent under it are never taken for later ones.
std::vector<StateRow> Commit::Intent() {
    std::vector<std::string> days;  // series and day in turn
    for (const auto& [place, times] : days_) {
        days.push_back(records::EncodeSeries(place.first->series));
        days.push_back(Concat(place.second));
    }
    std::vector<StateRow> rows = Place();
    const std::string key = cluster_.lane().Key("");
    rows.push_back({std::string(kind::kIntent), key, records::EncodeTexts(days), 0, false});
    RemoveState(kind::kIntent, key);
    return rows;
}

// Rows are put together while the intent is sent, but none goes before it.
Status Commit::Insert(const Client& server, std::string_view insert, std::string_view packed)
    const {
    MP_RETURN_IF_ERROR(intent_.get());
    return server.InsertPacked(insert, packed);
}

std::vector<StateRow> Commit::Place() {
    std::vector<StateRow> pins;
    for (const Rows* all : {&removed_, &put_}) {
        for (const std::vector<Row>& rows : *all) {
            for (const Row& row : rows) placement_.Place(*row.series, pins);
        }
    }
    return pins;
}

void Commit::MarkChanged() {
    for (const auto& [place, times] : days_) {
        place.first->days.Widen(times.first, times.second, revision_);
    }
    for (const Rows* all : {&removed_, &put_}) {
        for (const std::vector<Row>& rows : *all) {
            for (const Row& row : rows) row.series->changed = revision_;
        }
    }
}

// Each row to its shard, and, while its instrument is moved, to the new one before: what is found
// at the old place is at the new one, too.
template <typename Less, typename Send>
Status Commit::SendToShards(std::span<Row> rows, Less less, Send send) {
    std::vector<Row> moving;
    for (const Row& row : rows) {
        if (row.series->second >= 0) moving.push_back(row);
    }
    const auto send_all = [&](std::span<Row> list, auto place) -> Status {
        const auto before = [&](const Row& a, const Row& b) {
            const int place_a = place(a);
            const int place_b = place(b);
            return place_a != place_b ? place_a < place_b : less(a, b);
        };
        if (!std::is_sorted(list.begin(), list.end(), before)) {
            std::stable_sort(list.begin(), list.end(), before);
        }
        for (size_t begin = 0; begin < list.size();) {
            const int shard = place(list[begin]);
            size_t end = begin + 1;
            while (end < list.size() && place(list[end]) == shard) ++end;
            const std::span<const Row> part(&list[begin], end - begin);
            MP_RETURN_IF_ERROR(send(cluster_.At(static_cast<size_t>(shard)), part));
            begin = end;
        }
        return OkStatus();
    };
    MP_RETURN_IF_ERROR(send_all(moving, [](const Row& row) { return row.series->second.load(); }));
    return send_all(rows, [](const Row& row) { return row.series->shard.load(); });
}

Status Commit::SendReceipts() {
    const auto less = [](const Row& a, const Row& b) {
        return ReadSortable(a.key) < ReadSortable(b.key);
    };
    const auto send = [this](const Shard& shard, std::span<const Row> rows) {
        return SendReceipts(shard, rows);
    };
    return SendToShards(receipts_, less, send);
}

Status Commit::SendReceipts(const Shard& shard, std::span<const Row> rows) {
    const TableTypes& types = shard.types();
    std::vector<ColumnWriter> columns(types.receipts.size());
    for (size_t begin = 0; begin < rows.size();) {
        std::set<DayNumber> days;
        size_t count = 0;
        for (; begin < rows.size() && count < kMaxRows; ++begin, ++count) {
            const Row& row = rows[begin];
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
        std::string block, packed;
        WriteBlock(types.receipts, columns, count, block);
        shard.primary().Pack(block, packed);
        MP_RETURN_IF_ERROR(Insert(shard.primary(), InsertInto("receipts", types.receipts), packed));
        for (ColumnWriter& column : columns) column.Clear();
    }
    return OkStatus();
}

// Claims come last: they speak about events.
Status Commit::SendEvents(Rows& rows) {
    constexpr auto kClaims = static_cast<size_t>(model::DataType::kCoverage);
    std::vector<std::function<Status()>> inserts;
    for (size_t type = 1; type < rows.size(); ++type) {
        if (type == kClaims) continue;
        const size_t slices = (rows[type].size() + kRowsAtOnce - 1) / kRowsAtOnce;
        std::span<Row> left(rows[type]);
        for (size_t slice = 0; slice < slices; ++slice) {
            const std::span<Row> part = left.first(left.size() / (slices - slice));
            left = left.subspan(part.size());
            inserts.push_back([this, type, part] {
                return SendType(static_cast<model::DataType>(type), part);
            });
        }
    }
    MP_RETURN_IF_ERROR(InParallel(inserts, kInsertsAtOnce));
    return SendType(model::DataType::kCoverage, rows[kClaims]);
}

Status Commit::SendType(model::DataType type, std::span<Row> rows) {
    // In the order of the table, so that the server need not sort.
    const auto less = [](const Row& a, const Row& b) {
        if (a.series != b.series) return InTableOrder(*a.series, *b.series);
        return a.key < b.key;
    };
    const auto send = [&](const Shard& shard, std::span<const Row> part) {
        return SendType(shard, type, part);
    };
    return SendToShards(rows, less, send);
}

Status Commit::SendType(const Shard& shard, model::DataType type, std::span<const Row> rows) {
    const std::vector<ColumnType>& types = shard.types().events[static_cast<size_t>(type)];
    EventWriter writer(type, types);
    const std::string insert = InsertInto(RowsTable(type), types);
    const Client& server = shard.primary();
    std::string block, packed;
    const auto pack = [&] {
        block.clear();
        writer.Finish(block);
        server.Pack(block, packed);
    };
    size_t sent = 0;  // or in `packed`
    std::set<DayNumber> days;
    std::optional<DayNumber> last_day;
    // Claims are of one partition, and must be one block.
    const bool claims = type == model::DataType::kCoverage;
    for (const Row& row : rows) {
        const DayNumber day = DayOf(ReadSortable(row.key));
        const bool another = !claims && day != last_day && !days.contains(day);
        if (sent == kMaxRows || (another && days.size() == kMaxDays)) {
            pack();
            MP_RETURN_IF_ERROR(Insert(server, insert, packed));
            packed.clear();
            sent = 0;
            days.clear();
            last_day.reset();
        } else if (writer.rows() == kBlockRows && !claims) {
            pack();
        }
        ++sent;
        if (day != last_day) days.insert(day);
        last_day = day;
        const model::Instrument& instrument = row.series->series.instrument;
        if (row.event.empty()) {
            writer.AddGone(instrument, row.key, revision_);
        } else {
            MP_RETURN_IF_ERROR(writer.Add(instrument, row.key, revision_, row.event));
        }
    }
    pack();
    return Insert(server, insert, packed);
}

Status Commit::Finish() {
    return WriteState(cluster_.meta().primary(), state_, revision_);
}

}  // namespace mp::storage::clickhouse
