#include "collector/book/book_keeper.hpp"

#include <algorithm>
#include <utility>

namespace mp::collector {
namespace {

// Where a side that fills the whole answer was cut.
std::optional<Decimal> CutAt(const std::vector<model::Level>& side, uint32_t limit) {
    if (limit == 0 || side.size() < limit) return std::nullopt;
    return side.back().price;
}

// Where a side (best last) that fills the venue's window ends.
std::optional<Decimal> EndOf(std::span<const model::Level> side, uint32_t window) {
    if (side.size() < window) return std::nullopt;
    return side[side.size() - window].price;
}

bool Shows(const model::Level* best, const Decimal& price, const Decimal& quantity) {
    return best != nullptr && best->price == price && best->quantity == quantity;
}

}  // namespace

bool BookKeeper::OnDelta(
    const model::BookDelta& delta, Nanos order_ts, std::optional<uint32_t> checksum
) {
    if (state_ != State::kWaiting && Take(delta, order_ts, checksum) != BookStep::kGap) {
        return bbo_ && bbo_->update_id == last_id_ && OnBbo(*bbo_);
    }
    const bool lost = state_ != State::kWaiting;
    if (lost) Invalidate();
    Keep(delta, order_ts, checksum);
    return lost;
}

BookStep BookKeeper::Take(
    const model::BookDelta& delta, Nanos order_ts, std::optional<uint32_t> checksum
) {
    const bool first = state_ == State::kBridging;
    const BookStep step = first ? rule_.Bridge(last_id_, delta) : rule_.Continue(last_id_, delta);
    if (step == BookStep::kStale) {
        ++stats_.stale;
        // It ends where the snapshot ends: the snapshot is the book at its time.
        if (first && !emitted_ && delta.last_update_id == last_id_) EmitSnapshot(order_ts);
        // Time went on but the numbers went back: the venue began anew.
        return !first && order_ts > last_ts_ ? BookStep::kGap : step;
    }
    if (step == BookStep::kGap) return step;
    if (!emitted_) EmitSnapshot(order_ts);
    book_.Apply(delta);
    if (!Agrees(checksum)) return BookStep::kGap;
    state_ = State::kSynced;
    last_id_ = delta.last_update_id;
    epoch_ = delta.epoch;
    last_ts_ = std::max(last_ts_, order_ts);
    ++stats_.applied;
    output_.OnApplied(order_ts);
    return step;
}

bool BookKeeper::Agrees(std::optional<uint32_t> checksum) {
    if (!checksum) return true;
    if (!checksum_) checksum_ = rule_.MakeChecksum();
    if (!checksum_) return true;
    ++stats_.checks;
    if (checksum_->Of(book_) == *checksum) return true;
    ++stats_.mismatches;
    contradicted_ = true;
    return false;
}

void BookKeeper::Keep(
    const model::BookDelta& delta, Nanos order_ts, std::optional<uint32_t> checksum
) {
    if (kept_.size() >= limits_.max_kept_deltas) {
        kept_.pop_front();
        ++stats_.overflows;
    }
    Kept& kept = kept_.emplace_back();
    kept.delta = delta;
    kept.bids.assign(delta.bids.begin(), delta.bids.end());
    kept.asks.assign(delta.asks.begin(), delta.asks.end());
    kept.delta.bids = kept.bids;
    kept.delta.asks = kept.asks;
    kept.order_ts = order_ts;
    kept.checksum = checksum;
}

// What a second connection, or a second subscription, says about a book that is held already.
bool BookKeeper::IsOld(const SnapshotData& snapshot) const {
    return state_ != State::kWaiting && snapshot.time && snapshot.last_update_id != 0 &&
           snapshot.last_update_id <= last_id_ && *snapshot.time <= last_ts_;
}

bool BookKeeper::OnSnapshot(const SnapshotData& snapshot) {
    if (IsOld(snapshot)) return false;
    model::BookSnapshot state;
    state.bids = snapshot.bids;
    state.asks = snapshot.asks;
    state.known_bid_to = CutAt(snapshot.bids, snapshot.depth_limit);
    state.known_ask_to = CutAt(snapshot.asks, snapshot.depth_limit);
    book_.Reset(state);
    contradicted_ = false;
    state_ = snapshot.live ? State::kSynced : State::kBridging;
    emitted_ = false;
    last_id_ = snapshot.last_update_id;
    epoch_ = snapshot.epoch;
    unit_ = snapshot.quantity_unit;
    last_ts_ = snapshot.time.value_or(0);
    if (!Agrees(snapshot.checksum)) {
        Invalidate();
        return true;
    }
    // Without numbers only its place in the stream tells: what came before is in it.
    if (snapshot.live && snapshot.last_update_id == 0) kept_.clear();
    if (snapshot.time) EmitSnapshot(*snapshot.time);

    while (!kept_.empty()) {
        const Kept kept = std::move(kept_.front());
        if (Take(kept.delta, kept.order_ts, kept.checksum) == BookStep::kGap) {
            // It and what follows may fit a newer snapshot.
            kept_.front() = kept;
            kept_.front().delta.bids = kept_.front().bids;
            kept_.front().delta.asks = kept_.front().asks;
            state_ = State::kWaiting;
            book_.Clear();
            return true;
        }
        kept_.pop_front();
    }
    return false;
}

bool BookKeeper::OnBbo(const model::Bbo& bbo) {
    if (!rule_.numbers_quotes() || bbo.update_id == 0) return false;
    bbo_ = bbo;
    if (state_ != State::kSynced || bbo.update_id != last_id_) return false;
    if (!bbo.bid_price || !bbo.bid_quantity || !bbo.ask_price || !bbo.ask_quantity) return false;
    ++stats_.checks;
    if (!Contradicts(bbo)) return false;
    ++stats_.mismatches;
    contradicted_ = true;
    bbo_.reset();
    Invalidate();
    return true;
}

bool BookKeeper::Contradicts(const model::Bbo& bbo) const {
    return !Shows(book_.best_bid(), *bbo.bid_price, *bbo.bid_quantity) ||
           !Shows(book_.best_ask(), *bbo.ask_price, *bbo.ask_quantity);
}

void BookKeeper::Invalidate() {
    if (state_ != State::kWaiting) ++stats_.gaps;
    state_ = State::kWaiting;
    book_.Clear();
    kept_.clear();
}

void BookKeeper::Contradict() {
    ++stats_.mismatches;
    Invalidate();
    contradicted_ = true;
}

void BookKeeper::EmitSnapshot(Nanos order_ts) {
    model::BookSnapshot snapshot = Derive();
    snapshot.origin = model::SnapshotOrigin::kVenue;
    emitted_ = true;
    output_.OnSnapshot(snapshot, order_ts);
}

model::BookSnapshot BookKeeper::Derive() {
    book_.Top(0, bids_, asks_);
    model::BookSnapshot snapshot;
    snapshot.bids = bids_;
    snapshot.asks = asks_;
    snapshot.last_update_id = last_id_;
    snapshot.epoch = epoch_;
    snapshot.quantity_unit = unit_;
    snapshot.origin = model::SnapshotOrigin::kDerived;
    snapshot.known_bid_to = known_bid_to();
    snapshot.known_ask_to = known_ask_to();
    return snapshot;
}

std::optional<Decimal> BookKeeper::known_bid_to() const {
    return rule_.window() > 0 ? EndOf(book_.bids(), rule_.window()) : book_.known_bid_to();
}

std::optional<Decimal> BookKeeper::known_ask_to() const {
    return rule_.window() > 0 ? EndOf(book_.asks(), rule_.window()) : book_.known_ask_to();
}

}  // namespace mp::collector
