// Moving an instrument to another shard: the part of ClickHouseEngine that the task shard_move
// uses.
//
// From the first step on everything new about the instrument goes to both shards, the new one
// first. What was there before is copied piece by piece, each piece compared; a piece may be copied
// twice, since rows keep their revisions. One insert into the state then switches the pin; behind
// it the rows at the old place are deleted. The state says how far the move is: one that was broken
// off goes on, whoever asks again.

#include <algorithm>
#include <map>

#include "storage/engines/clickhouse/clickhouse_engine.hpp"
#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/clickhouse/text.hpp"

namespace mp::storage::clickhouse {
namespace {

// Copied while appending waits: a fraction of a second. Books are large.
constexpr uint64_t kRowsPerPiece = 50'000;
constexpr uint64_t kBooksPerPiece = 3'000;

// Places behind the copying, where the state alone says what is next.
constexpr std::string_view kDelete = "delete";
constexpr std::string_view kAnew = "anew";

// "copy|series|instant": where the next piece begins.
constexpr std::string_view kCopy = "copy|";

std::string PlaceText(SeriesId series, Nanos from) {
    return Concat(kCopy, series, "|", from);
}

void ParsePlace(std::string_view text, SeriesId& series, Nanos& from) {
    if (!text.starts_with(kCopy)) return;
    text.remove_prefix(kCopy.size());
    const size_t bar = std::min(text.find('|'), text.size());
    SeriesId found = 0;
    Nanos instant = 0;
    if (ParseNumber(text.substr(0, bar), found) &&
        ParseNumber(text.substr(std::min(bar + 1, text.size())), instant)) {
        series = found;
        from = instant;
    }
}

uint64_t RowsPerPiece(model::DataType type) {
    const bool book = type == model::DataType::kBookDelta || type == model::DataType::kBookSnapshot;
    return book ? kBooksPerPiece : kRowsPerPiece;
}

std::string NamesOf(const std::vector<ColumnType>& columns) {
    std::string names;
    for (const ColumnType& column : columns) {
        Append(names, names.empty() ? "`" : ", `", column.name, "`");
    }
    return names;
}

// All versions of the rows, as they are.
Status Copy(
    const Shard& from,
    const Shard& to,
    std::string_view table,
    const std::vector<ColumnType>& columns,
    std::string_view condition
) {
    const std::string names = NamesOf(columns);
    const Result<std::string> rows = from.primary().Query(
        Concat("SELECT ", names, " FROM ", table, " PREWHERE ", condition, " FORMAT Native")
    );
    if (!rows.ok()) return rows.status();
    if (rows->empty()) return OkStatus();
    return to.primary().Insert(
        Concat("INSERT INTO ", table, " (", names, ") FORMAT Native"), *rows
    );
}

// How many rows count, the same ones on both shards.
Result<uint64_t> Compare(const Shard& from, const Shard& to, const std::string& sql) {
    const auto here = from.primary().Rows(sql);
    if (!here.ok()) return here.status();
    const auto there = to.primary().Rows(sql);
    if (!there.ok()) return there.status();
    uint64_t count = 0;
    if (*here == *there && ParseNumber(here->front().front(), count)) return count;
    return absl::AbortedError(
        Concat("what was copied to the shard ", to.name(), " differs from what is on ", from.name())
    );
}

std::string Fingerprint(model::DataType type, const std::string& condition) {
    return Concat(
        "SELECT count(), groupBitXor(cityHash64(order_ts, sequence, "
        "identity, received_ts)) FROM (",
        CountingRows(
            type, "order_ts, sequence, identity, received_ts", condition, Direction::kForward
        ),
        ")"
    );
}

std::string FingerprintOfReceipts(const std::string& condition) {
    return Concat(
        "SELECT count(), groupBitXor(cityHash64(identity, place)) FROM "
        "(SELECT identity, "
        "argMax(order_ts, revision) AS place FROM receipts PREWHERE ",
        condition,
        " GROUP BY identity)"
    );
}

std::vector<std::string> TablesWithRows() {
    std::vector<std::string> tables{"receipts"};
    for (int type = 1; type <= model::kDataTypes; ++type) {
        tables.push_back(RowsTable(static_cast<model::DataType>(type)));
    }
    return tables;
}

}  // namespace

Result<MoveSlice> ClickHouseEngine::MoveInstrument(
    const model::Instrument& instrument, std::string_view to, std::string_view resume
) {
    const MutexLock lock(write_);
    MP_RETURN_IF_ERROR(Ready());
    const std::optional<int> target = placement_.Named(to);
    if (!target) return absl::InvalidArgumentError(Concat("to: no shard is named ", to));
    Result<MoveSlice> slice = MoveNow(instrument, *target, resume);
    if (slice.ok()) {
        cluster_.Committed(revision_);
    } else if (!absl::IsNotFound(slice.status()) && !absl::IsFailedPrecondition(slice.status())) {
        (void)NoteHealth(slice.status());
        Failed();
    }
    return slice;
}

Result<MoveSlice> ClickHouseEngine::MoveNow(
    const model::Instrument& instrument, int to, std::string_view resume
) {
    const std::string key = model::InstrumentKey(instrument);
    const std::optional<int> place = placement_.PlaceOf(key);
    if (!place) return absl::NotFoundError(Concat("nothing is stored of ", key));
    const Placement::Move* const known = placement_.MoveOf(key);
    if (known == nullptr) {
        if (*place == to) return MoveSlice{};
        MP_RETURN_IF_ERROR(StoreMove(instrument, {*place, to, Placement::Step::kCopying, 0}));
        return MoveSlice{0, PlaceText(0, kAllTime.from)};
    }
    const Placement::Move move = *known;
    if (move.step != Placement::Step::kCopying) {
        const Result<bool> gone = DeleteLeft(instrument, move);
        if (!gone.ok()) return gone.status();
        if (!*gone) return MoveSlice{0, std::string(kDelete)};
        // Whoever wants it elsewhere by now, or had his copy dropped, begins anew.
        const bool arrived = move.step == Placement::Step::kCopied && move.to == to;
        return MoveSlice{0, std::string(arrived ? "" : kAnew)};
    }
    if (move.to != to) {
        const Shard& other = cluster_.At(static_cast<size_t>(move.to));
        return absl::FailedPreconditionError(
            Concat(key, " is on its way to the shard ", other.name())
        );
    }
    SeriesId series = 0;
    Nanos from = kAllTime.from;
    // Whoever begins anew has no place yet.
    ParsePlace(resume, series, from);
    const std::optional<Piece> piece = NextPiece(instrument, series, from);
    if (piece) {
        Result<MoveSlice> slice = CopyPiece(move, *piece);
        // Whoever tries again begins anew.
        if (absl::IsAborted(slice.status())) {
            MP_RETURN_IF_ERROR(
                StoreMove(instrument, {move.from, move.to, Placement::Step::kDropping, 0})
            );
        }
        return slice;
    }
    MP_RETURN_IF_ERROR(StoreMove(instrument, {move.from, move.to, Placement::Step::kCopied, 0}));
    return MoveSlice{0, std::string(kDelete)};
}

Status ClickHouseEngine::StoreMove(
    const model::Instrument& instrument, const Placement::Move& move
) {
    const std::string key = model::InstrumentKey(instrument);
    const uint64_t revision = NextRevision();
    const Placement::Move next{move.from, move.to, move.step, revision};
    Commit commit(cluster_, placement_, revision);
    commit.PutState(placement_.RowOf(key, next));
    commit.PutState(placement_.PinOf(key, next));
    MP_RETURN_IF_ERROR(commit.Finish());
    placement_.SetMove(key, next);
    if (next.step == Placement::Step::kCopied) {
        for (SeriesState* series : SeriesOf(instrument)) series->moved = revision_;
    }
    placement_.Apply(table_);
    return OkStatus();
}

std::vector<SeriesState*> ClickHouseEngine::SeriesOf(const model::Instrument& instrument) const {
    std::vector<SeriesState*> all = table_.All();  // by id
    const std::string key = model::InstrumentKey(instrument);
    std::erase_if(all, [&](const SeriesState* series) {
        return model::InstrumentKey(series->series.instrument) != key;
    });
    return all;
}

std::optional<ClickHouseEngine::Piece> ClickHouseEngine::NextPiece(
    const model::Instrument& instrument, SeriesId series, Nanos from
) const {
    for (SeriesState* state : SeriesOf(instrument)) {
        if (state->id < series) continue;
        const Nanos begin = state->id == series ? from : kAllTime.from;
        if (state->series.data_type == model::DataType::kCoverage) {
            if (begin > kAllTime.from) continue;
            return Piece{state, kAllTime.from, kAllTime.to};
        }
        for (const auto& [number, day] : state->days.Between(begin, kAllTime.to)) {
            if (day.events == 0) continue;
            const auto parts =
                static_cast<Nanos>(day.events / RowsPerPiece(state->series.data_type) + 1);
            // To the end of the day: what arrives there meanwhile is written to both.
            const Nanos first = std::max({begin, FirstOf(number), day.first});
            const Nanos step = (day.last - day.first) / parts;
            const bool rest = first >= day.last - step;
            return Piece{state, first, rest ? LastOf(number) : first + step};
        }
    }
    return std::nullopt;
}

Result<MoveSlice> ClickHouseEngine::CopyPiece(const Placement::Move& move, const Piece& piece)
    const {
    const Shard& from = cluster_.At(static_cast<size_t>(move.from));
    const Shard& to = cluster_.At(static_cast<size_t>(move.to));
    const model::DataType type = piece.series->series.data_type;
    const std::string rows = Concat(
        IsInstrument(piece.series->series.instrument), " AND ", IsBetween(piece.from, piece.to)
    );
    const std::string receipts = Concat("data_type = ", static_cast<int>(type), " AND ", rows);
    MP_RETURN_IF_ERROR(
        Copy(from, to, RowsTable(type), to.types().events[static_cast<size_t>(type)], rows)
    );
    MP_RETURN_IF_ERROR(Copy(from, to, "receipts", to.types().receipts, receipts));
    const Result<uint64_t> copied = Compare(from, to, Fingerprint(type, rows));
    if (!copied.ok()) return copied.status();
    MP_RETURN_IF_ERROR(Compare(from, to, FingerprintOfReceipts(receipts)).status());
    const Nanos next = Behind(piece.to);
    const bool last = next == piece.to;
    const SeriesId id = piece.series->id;
    return MoveSlice{*copied, last ? PlaceText(id + 1, kAllTime.from) : PlaceText(id, next)};
}

// Servers delete in the background; whoever asks comes back until they are done. Each deletion
// bears the mark of its move, by which whoever goes on finds what was begun, and what of it is
// done.
Result<bool> ClickHouseEngine::DeleteLeft(
    const model::Instrument& instrument, const Placement::Move& move
) {
    const Client& left = cluster_.At(static_cast<size_t>(move.left())).primary();
    const std::string mark = Concat("move ", move.revision, ".");
    const auto begun = left.Rows(Concat(
        "SELECT table, min(is_done) FROM system.mutations WHERE database = '",
        left.database(),
        "' AND position(command, '",
        mark,
        "') > 0 GROUP BY table"
    ));
    if (!begun.ok()) return begun.status();
    std::map<std::string, std::string> done;
    for (const auto& row : *begun) done.emplace(row.at(0), row.at(1));
    bool all_done = true;
    for (const std::string& table : TablesWithRows()) {
        const auto known = done.find(table);
        if (known == done.end()) {
            const std::string rows = IsInstrument(instrument);
            MP_RETURN_IF_ERROR(left.Execute(
                Concat("ALTER TABLE ", table, " DELETE WHERE ", rows, " AND '", mark, "' != ''")
            ));
        }
        all_done = all_done && known != done.end() && known->second == "1";
    }
    if (!all_done) return false;
    const std::string key = model::InstrumentKey(instrument);
    Commit commit(cluster_, placement_, NextRevision());
    commit.RemoveState(kind::kMove, key);
    MP_RETURN_IF_ERROR(commit.Finish());
    placement_.EndMove(key);
    return true;
}

}  // namespace mp::storage::clickhouse
