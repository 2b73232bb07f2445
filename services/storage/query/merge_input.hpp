#pragma once
// One series of a merge: its rows, read ahead a thousand or a quarter of a megabyte at a time.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/query/event_source.hpp"

namespace mp::storage {

class MergeInput {
  public:
    // `range`: what is to be read. `id`: nothing where the series has no rows.
    MergeInput(std::optional<SeriesId> id, ScanRange range)
        : id_(id), range_(std::move(range)), ended_(!id) {}

    // Rows up to this key, it included where `inclusive`, are passed over. Forward only.
    void SkipTo(std::string key, bool inclusive);

    bool HasRow() const { return next_ < rows_.size(); }
    // No further row, now or after Read.
    bool ended() const { return ended_ && !HasRow(); }

    // Valid until Pop and Read.
    std::string_view key() const { return rows_[next_].key; }
    std::string_view event() const { return rows_[next_].event; }
    void Pop() { ++next_; }

    // Reads on where there is no row left; may find none yet, and go on at the next call. Adds to
    // `rows_read` what it read.
    Status Read(const SeriesReader& engine, const EventQuestion& asked, size_t& rows_read);

  private:
    struct Row {
        std::string key;
        std::string event;
    };

    bool Skips(std::string_view key) const;

    std::optional<SeriesId> id_;
    ScanRange range_;
    bool ended_;
    std::string skip_to_;
    bool skip_inclusive_ = false;
    std::vector<Row> rows_;
    size_t next_ = 0;
};

}  // namespace mp::storage
