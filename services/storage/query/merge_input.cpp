#include "storage/query/merge_input.hpp"

#include <algorithm>
#include <utility>

#include "base/big_endian.hpp"

namespace mp::storage {
namespace {

constexpr size_t kRowsAhead = 1000;
constexpr size_t kBytesAhead = 256u << 10;

}  // namespace

void MergeInput::SkipTo(std::string key, bool inclusive) {
    range_.time.from = std::max(range_.time.from, ReadSortable(key));
    skip_to_ = std::move(key);
    skip_inclusive_ = inclusive;
}

bool MergeInput::Skips(std::string_view key) const {
    return !skip_to_.empty() && (key < skip_to_ || (skip_inclusive_ && key == skip_to_));
}

Status MergeInput::Read(const SeriesReader& engine, const EventQuestion& asked, size_t& rows_read) {
    rows_.clear();
    next_ = 0;
    if (ended_) return OkStatus();
    const size_t most =
        asked.limit == 0 ? kRowsAhead : std::min<size_t>(kRowsAhead, size_t{asked.limit} + 1);
    const auto cursor = ScanAsked(engine, *id_, asked, range_, rows_read);
    if (!cursor.ok()) return cursor.status();
    size_t bytes = 0;
    while ((*cursor)->Next()) {
        const std::string_view key = (*cursor)->key();
        ++rows_read;
        range_.after = key;
        if (!Skips(key) && asked.Wants(key)) {
            rows_.push_back({std::string(key), std::string((*cursor)->event())});
            bytes += rows_.back().event.size();
        }
        if (rows_.size() == most || bytes >= kBytesAhead || rows_read >= kRowsPerStep) {
            return OkStatus();
        }
    }
    ended_ = true;
    return (*cursor)->status();
}

}  // namespace mp::storage
