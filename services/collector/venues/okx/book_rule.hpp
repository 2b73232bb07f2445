#pragma once
// OKX: the stream begins with a snapshot that ends at its seqId; every update names the seqId that
// it follows. Numbers jump, and after a maintenance they begin anew: an update then ends below the
// one that it follows. Before 2022 there were none: what arrives is applied, and the checksum alone
// tells whether anything is missing.
// https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel

#include <memory>

#include "collector/book/book_rule.hpp"
#include "collector/venues/okx/checksum.hpp"

namespace mp::collector::okx {

class OkxBookRule final : public BookRule {
  public:
    // `window`: levels a side that the stream keeps up to date.
    explicit OkxBookRule(uint32_t window) : window_(window) {}

    BookSeed seed() const override { return BookSeed::kStream; }
    uint32_t window() const override { return window_; }
    // Documented for each channel alone.
    bool numbers_quotes() const override { return false; }
    std::unique_ptr<BookChecksum> MakeChecksum() const override {
        return std::make_unique<InterleavedChecksum>();
    }

    // A snapshot asked for by REST may end between two updates.
    BookStep Bridge(uint64_t snapshot_id, const model::BookDelta& delta) const override {
        if (Unnumbered(delta) || Follows(snapshot_id, delta)) return BookStep::kApply;
        if (delta.last_update_id <= snapshot_id) return BookStep::kStale;
        return delta.first_update_id <= snapshot_id ? BookStep::kApply : BookStep::kGap;
    }

    BookStep Continue(uint64_t last_id, const model::BookDelta& delta) const override {
        if (Unnumbered(delta) || Follows(last_id, delta)) return BookStep::kApply;
        return delta.last_update_id <= last_id ? BookStep::kStale : BookStep::kGap;
    }

  private:
    static bool Unnumbered(const model::BookDelta& delta) {
        return delta.last_update_id == 0 && delta.first_update_id == 0;
    }
    static bool Follows(uint64_t last_id, const model::BookDelta& delta) {
        return delta.previous_update_id == last_id;
    }

    const uint32_t window_;
};

}  // namespace mp::collector::okx
