#pragma once
// Bybit: the stream begins with the whole book; every update's id is the one before it plus 1. A
// snapshot in between replaces the book, as does whatever has the id 1: the service began anew.
// https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook

#include "collector/book/book_rule.hpp"

namespace mp::collector::bybit {

class BybitBookRule final : public BookRule {
  public:
    // `window`: levels a side that the stream keeps up to date.
    explicit BybitBookRule(uint32_t window) : window_(window) {}

    BookSeed seed() const override { return BookSeed::kStream; }
    uint32_t window() const override { return window_; }
    // Each depth counts for itself.
    bool numbers_quotes() const override { return false; }

    // By REST the venue gives its deepest book, with the ids of the deepest stream.
    BookStep Bridge(uint64_t snapshot_id, const model::BookDelta& delta) const override {
        return Continue(snapshot_id, delta);
    }

    BookStep Continue(uint64_t last_id, const model::BookDelta& delta) const override {
        if (delta.last_update_id == last_id + 1) return BookStep::kApply;
        return delta.last_update_id <= last_id ? BookStep::kStale : BookStep::kGap;
    }

  private:
    const uint32_t window_;
};

}  // namespace mp::collector::bybit
