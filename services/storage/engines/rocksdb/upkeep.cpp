// Packing trades into blocks: the part of RocksEngine that works in the background.

#include <algorithm>
#include <optional>
#include <utility>

#include "base/big_endian.hpp"
#include "model/identity.hpp"
#include "storage/engines/rocksdb/cursor.hpp"
#include "storage/engines/rocksdb/layout.hpp"
#include "storage/engines/rocksdb/rocks_engine.hpp"
#include "storage/engines/rocksdb/status.hpp"
#include "storage/engines/rocksdb/trade_block.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {
namespace {

// Stretches shorter than this part of a block stay rows: one for a few would not be worth it.
constexpr size_t kFewestPart = 20;
// Read in one step: some 20 ms.
constexpr size_t kRowsPerStep = 50'000;
constexpr size_t kHolesPerStep = 100;

KeyRange KeysOf(SeriesId series, const Stretch& stretch) {
    std::string first, last;
    layout::EventKey(series, stretch.from, first);
    layout::EventKey(stretch.end.empty() ? series + 1 : series, stretch.end, last);
    return {std::move(first), std::move(last)};
}

ScanRange Bulk() {
    ScanRange range;
    range.bulk = true;
    return range;
}

// The rows of a stretch without blocks, as far as packing goes.
class Rows {
  public:
    Rows(rocksdb::DB& db, SeriesId series, const Stretch& stretch)
        : rows_(db, KeysOf(series, stretch), Direction::kForward, ReadOptionsOf(Bulk())) {}

    bool Next() {
        if (!rows_.Next()) return false;
        readable_ = decoder_.Decode(rows_.event(), event_).ok();
        return true;
    }
    Status status() const { return rows_.status(); }
    std::string_view key() const { return rows_.key(); }
    // False where the row does not fit beside those of the block, or into none: it would come out
    // as other bytes, or something else points at it.
    bool AddTo(TradeBlockWriter& block, EventRows& packed) {
        if (!readable_ || model::FoundByIdentity(event_)) return false;
        encoded_.clear();
        wire::AppendEvent(event_, encoded_);
        if (encoded_ != rows_.event() || !block.Add(event_)) return false;
        packed.Add(rows_.key(), rows_.event());
        return true;
    }
    // INT64_MIN where the row cannot be read.
    Nanos received_ts() const { return readable_ ? event_.received_ts : INT64_MIN; }

  private:
    RocksCursor rows_;
    wire::EventDecoder decoder_;
    model::Event event_;
    std::string encoded_;
    bool readable_ = false;
};

}  // namespace

// Each step begins behind the series at which the one before ended: no backlog keeps the others
// waiting.
Result<UpkeepStep> RocksEngine::Upkeep() {
    const MutexLock packing(packing_mutex_);
    UpkeepStep step;
    {
        const MutexLock lock(write_);
        step.unpacked_blocks = blocks_.TakeUnpacked();
    }
    if (!config_.pack_trades || !CheckSpace().ok()) return step;
    Budget budget{kRowsPerStep, clock_.Now() - config_.pack_after.count()};
    MP_RETURN_IF_ERROR(FillHoles(budget, step));
    std::vector<SeriesState*> series = table_.All();
    if (series.empty()) return step;
    std::rotate(
        series.begin(),
        series.begin() + static_cast<std::ptrdiff_t>(next_packed_ % series.size()),
        series.end()
    );
    for (SeriesState* const state : series) {
        if (budget.rows == 0) break;
        ++next_packed_;
        if (state->series.data_type != model::DataType::kTrade) continue;
        MP_RETURN_IF_ERROR(PackTail(*state, budget, step));
    }
    step.more = budget.rows == 0;
    return step;
}

Status RocksEngine::PackTail(SeriesState& state, Budget& budget, UpkeepStep& step) {
    Tail& tail = tails_[state.id];
    if (state.appended < tail.not_before_appended || budget.newest < tail.not_before) {
        return OkStatus();
    }
    {
        const MutexLock lock(write_);
        const Result<std::string_view> end = blocks_.EndOf(state);
        if (!end.ok()) return end.status();
        if (tail.from < *end) tail.from = *end;
        blocks_.Watch(state.id, tail.from);
    }
    return Pack(state, tail, nullptr, budget, step);
}

Status RocksEngine::FillHoles(Budget& budget, UpkeepStep& step) {
    const std::string prefix = layout::KindPrefix(layout::Kind::kHole);
    const std::string end = layout::EndOf(prefix);
    const rocksdb::Slice upper = end;
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> holes(db_->NewIterator(options));
    size_t filled = 0;
    for (holes->Seek(prefix); holes->Valid(); holes->Next()) {
        if (budget.rows == 0 || filled == kHolesPerStep) {
            budget.rows = 0;
            break;
        }
        const std::string_view place = holes->key().ToStringView().substr(prefix.size());
        const std::string_view told = holes->value().ToStringView();
        if (ReadSortable(told) > budget.newest) continue;
        SeriesState* const state = table_.At(ReadBigEndian32(place));
        if (state == nullptr) return absl::DataLossError("a hole in the blocks of no series");
        Stretch hole{
            std::string(place.substr(layout::kIdSize)), std::string(told.substr(sizeof(Nanos)))};
        MP_RETURN_IF_ERROR(FillHole(*state, hole, budget, step));
        ++filled;
    }
    return FromRocks(holes->status(), "reading holes");
}

// Packs what the hole has of rows, and forgets the hole once nothing more can be done.
Status RocksEngine::FillHole(SeriesState& state, Stretch& hole, Budget& budget, UpkeepStep& step) {
    Tail place;
    place.from = hole.from;
    {
        const MutexLock lock(write_);
        blocks_.Watch(state.id, hole.from);
        // Behind a crash the tail may have been packed over it.
        while (place.from < hole.end) {
            const Result<std::pair<Stretch, bool>> around = blocks_.Around(state, place.from);
            if (!around.ok()) return around.status();
            const auto& [stretch, block] = *around;
            if (block) {
                place.from = stretch.end;
                continue;
            }
            if (!stretch.end.empty()) hole.end = std::min(hole.end, stretch.end);
            break;
        }
    }
    if (place.from < hole.end) {
        MP_RETURN_IF_ERROR(Pack(state, place, &hole, budget, step));
        if (place.from < hole.end) return OkStatus();
    }
    const MutexLock lock(write_);
    return blocks_.Untouched(hole.end) ? blocks_.Forget(state.id, hole) : OkStatus();
}

// Packs the rows from `place` on, and moves it behind what is packed or stays rows. What is watched
// begins there, or in front of it.
Status RocksEngine::Pack(
    SeriesState& state, Tail& place, Stretch* hole, Budget& budget, UpkeepStep& step
) {
    const uint64_t appended = state.appended;
    Rows rows(*db_, state.id, {place.from, hole == nullptr ? "" : hole->end});
    TradeBlockWriter block;
    EventRows packed;          // the rows in it
    Nanos newest = INT64_MIN;  // of the block, by receipt
    while (budget.rows > 0) {
        const bool any = rows.Next();
        MP_RETURN_IF_ERROR(rows.status());
        const bool full = block.size() >= config_.pack_rows;
        bool fits = any && !full && rows.AddTo(block, packed);
        if (!fits && (any || hole != nullptr)) {
            if (newest > budget.newest) {
                place.not_before = newest;
                return OkStatus();
            }
            const Stretch stretch{place.from, std::string(any ? rows.key() : hole->end)};
            if (block.size() > config_.pack_rows / kFewestPart) {
                const Result<bool> put = PutBlock(state, stretch, block, packed, hole, step);
                if (!put.ok()) return put.status();
                if (!*put) return OkStatus();
            }
            place.from = stretch.end;
            block.Clear();
            packed.Clear();
            newest = INT64_MIN;
            fits = any && rows.AddTo(block, packed);
        }
        if (!any) break;
        if (fits && block.size() == 1) place.from = rows.key();
        --budget.rows;
        newest = std::max(newest, rows.received_ts());
    }
    // The row that ends a full block is missing.
    if (budget.rows > 0)
        place.not_before_appended = appended + (config_.pack_rows + 1 - block.size());
    return OkStatus();
}

// False where one of its rows was written meanwhile: it is read anew. Internal where they would not
// come out of the block as they went in: they stay rows.
Result<bool> RocksEngine::PutBlock(
    SeriesState& state,
    const Stretch& stretch,
    TradeBlockWriter& block,
    const EventRows& rows,
    Stretch* hole,
    UpkeepStep& step
) {
    const std::string bytes = block.Finish(stretch.end);
    EventRows unpacked;
    const Result<size_t> size = UnpackBlock(bytes, {}, unpacked);
    if (!size.ok() || !(unpacked == rows)) {
        return absl::InternalError("a block of trades would not hold what was put into it");
    }
    const MutexLock lock(write_);
    if (!blocks_.Untouched(stretch.end)) return false;
    MP_RETURN_IF_ERROR(blocks_.Put(state, stretch, bytes, rows, hole));
    step.packed_trades += *size;
    step.packed_bytes += bytes.size();
    return true;
}

}  // namespace mp::storage
