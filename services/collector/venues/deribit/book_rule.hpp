#pragma once
// Deribit: the stream begins with the whole book; every change names the change_id that it follows.
// The ids jump. https://docs.deribit.com/#book-instrument_name-interval

#include "collector/book/book_rule.hpp"

namespace mp::collector::deribit {

class DeribitBookRule final : public BookRule {
  public:
    BookSeed seed() const override { return BookSeed::kStream; }

    // A snapshot asked for by REST may end between two changes.
    BookStep Bridge(uint64_t snapshot_id, const model::BookDelta& delta) const override {
        if (delta.last_update_id <= snapshot_id) return BookStep::kStale;
        return delta.first_update_id <= snapshot_id ? BookStep::kApply : BookStep::kGap;
    }

    BookStep Continue(uint64_t last_id, const model::BookDelta& delta) const override {
        if (delta.previous_update_id == last_id) return BookStep::kApply;
        return delta.last_update_id <= last_id ? BookStep::kStale : BookStep::kGap;
    }
};

}  // namespace mp::collector::deribit
