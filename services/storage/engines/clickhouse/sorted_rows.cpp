#include "storage/engines/clickhouse/sorted_rows.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace mp::storage::clickhouse {

std::string VersionColumns(model::DataType type) {
    return "revision, deleted, " + SelectedColumns(type);
}

Result<SortedRows> SortedRows::Read(model::DataType type, std::string answer, Direction direction) {
    SortedRows read;
    // Keys and events are shorter than the columns that they are made of.
    read.texts_.reserve(answer.size());
    EventReader rows(type, std::move(answer), 2);
    for (;;) {
        const Result<bool> more = rows.Next();
        if (!more.ok()) return more.status();
        if (!*more) break;
        Version& version = read.order_.emplace_back();
        version.revision = rows.TakeLeadingNumber<uint64_t>(0);
        version.gone = rows.TakeLeadingNumber<uint8_t>(1) != 0;
        version.begins_block = rows.begins_block();
        version.order_ts = rows.order_ts();
        version.key = read.Keep(rows.key());
        if (!version.gone) version.event = read.Keep(rows.event());
    }
    read.versions_ = read.order_.size();
    read.Sort(direction);
    return read;
}

SortedRows::Piece SortedRows::Keep(std::string_view text) {
    const Piece piece{static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(text.size())};
    texts_ += text;
    return piece;
}

// Of one key the last version comes first.
bool SortedRows::Before(const Version& a, const Version& b) const {
    if (a.order_ts != b.order_ts) return a.order_ts < b.order_ts;
    const int keys = Text(a.key).compare(Text(b.key));
    return keys != 0 ? keys < 0 : a.revision > b.revision;
}

// What comes from one part is sorted, and parts mostly follow each other: it is enough to put the
// runs in order. A run ends with its block, too: where several threads of the server read, the next
// block is later, and what lies between comes behind it.
void SortedRows::OrderRuns() {
    using Run = std::span<const Version>;
    std::vector<Run> runs;
    const Run all(order_);
    for (size_t begin = 0; begin < all.size();) {
        size_t end = begin + 1;
        while (end < all.size() && !all[end].begins_block && !Before(all[end], all[end - 1])) {
            ++end;
        }
        runs.push_back(all.subspan(begin, end - begin));
        begin = end;
    }
    std::sort(runs.begin(), runs.end(), [this](Run a, Run b) {
        return Before(a.front(), b.front());
    });
    std::vector<Version> ordered;
    ordered.reserve(order_.size());
    for (const Run run : runs) ordered.insert(ordered.end(), run.begin(), run.end());
    order_ = std::move(ordered);
}

void SortedRows::Sort(Direction direction) {
    const auto before = [this](const Version& a, const Version& b) { return Before(a, b); };
    if (!std::is_sorted(order_.begin(), order_.end(), before)) OrderRuns();
    // Not so where late rows lie between others.
    if (!std::is_sorted(order_.begin(), order_.end(), before)) {
        std::sort(order_.begin(), order_.end(), before);
    }
    const auto same = [this](const Version& a, const Version& b) {
        return a.order_ts == b.order_ts && Text(a.key) == Text(b.key);
    };
    order_.erase(std::unique(order_.begin(), order_.end(), same), order_.end());
    std::erase_if(order_, [](const Version& version) { return version.gone; });
    if (direction == Direction::kBackward) std::reverse(order_.begin(), order_.end());
}

}  // namespace mp::storage::clickhouse
