#pragma once
// How Binance's books follow.
//
// Spot: a REST snapshot ending with L is bridged by the delta with U <= L+1 <= u; afterwards every
// U is the previous u + 1. The ids are consecutive per symbol.
// https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
//
// Contracts: bridged by the delta with U <= L <= u, or by one whose pu is L; afterwards every pu is
// the previous u. The ids jump.
// https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/How-to-manage-a-local-order-book-correctly

#include "collector/book/book_rule.hpp"

namespace mp::collector::binance {

class SpotBookRule final : public BookRule {
  public:
    BookSeed seed() const override { return BookSeed::kRest; }

    BookStep Bridge(uint64_t snapshot_id, const model::BookDelta& delta) const override {
        if (delta.last_update_id <= snapshot_id) return BookStep::kStale;
        return delta.first_update_id <= snapshot_id + 1 ? BookStep::kApply : BookStep::kGap;
    }

    BookStep Continue(uint64_t last_id, const model::BookDelta& delta) const override {
        if (delta.first_update_id == last_id + 1) return BookStep::kApply;
        return delta.last_update_id <= last_id ? BookStep::kStale : BookStep::kGap;
    }
};

class ContractBookRule final : public BookRule {
  public:
    BookSeed seed() const override { return BookSeed::kRest; }

    BookStep Bridge(uint64_t snapshot_id, const model::BookDelta& delta) const override {
        if (delta.last_update_id < snapshot_id) return BookStep::kStale;
        const bool follows = delta.previous_update_id == snapshot_id;
        return follows || delta.first_update_id <= snapshot_id ? BookStep::kApply : BookStep::kGap;
    }

    BookStep Continue(uint64_t last_id, const model::BookDelta& delta) const override {
        if (delta.previous_update_id == last_id) return BookStep::kApply;
        return delta.last_update_id <= last_id ? BookStep::kStale : BookStep::kGap;
    }
};

}  // namespace mp::collector::binance
