#pragma once
// A second opinion about a book: a fresh snapshot of the venue, brought forward by the same updates
// and compared where both stand at the same one. It finds what no sequence shows, such as an update
// that was applied wrongly. Pure; not thread-safe.

#include <cstddef>
#include <optional>

#include "collector/book/book_keeper.hpp"

namespace mp::collector {

class BookAudit final : private BookKeeper::Output {
  public:
    // Begins before the snapshot is asked for: what comes from now on bridges it. `rule` outlives
    // it.
    BookAudit(const BookRule& rule, BookLimits limits) : fresh_(rule, limits, *this) {}

    void OnDelta(const model::BookDelta& delta, Nanos order_ts);
    void OnSnapshot(const SnapshotData& snapshot);

    // In how many levels `book` differs, as far as both know the prices; nothing while they do not
    // stand at the same update.
    std::optional<size_t> Compare(const BookKeeper& book) const;

    // The snapshot did not fit what came: nothing will be compared.
    bool failed() const { return failed_; }

  private:
    void OnSnapshot(const model::BookSnapshot&, Nanos) override {}
    void OnApplied(Nanos) override {}

    BookKeeper fresh_;
    bool has_snapshot_ = false;
    bool failed_ = false;
};

}  // namespace mp::collector
