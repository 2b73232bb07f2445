#include "collector/book/book_audit.hpp"

#include <span>

namespace mp::collector {
namespace {

using Side = std::span<const model::Level>;
using Bound = std::optional<Decimal>;

// Levels of one side (best last) that are in one of the two only, or with different quantities.
// `better`: whether a price is before another one as seen from the best.
template <typename Better>
size_t Differences(Side a, Side b, const Bound& a_to, const Bound& b_to, Better better) {
    const auto known = [&](const Decimal& price) {
        return !(a_to && better(*a_to, price)) && !(b_to && better(*b_to, price));
    };
    size_t differences = 0;
    while (!a.empty() || !b.empty()) {
        const bool from_a = b.empty() || (!a.empty() && !better(b.back().price, a.back().price));
        const bool from_b = a.empty() || (!b.empty() && !better(a.back().price, b.back().price));
        if (!known(from_a ? a.back().price : b.back().price)) break;
        const bool same = from_a && from_b && a.back().quantity == b.back().quantity;
        if (!same) ++differences;
        if (from_a) a = a.first(a.size() - 1);
        if (from_b) b = b.first(b.size() - 1);
    }
    return differences;
}

}  // namespace

void BookAudit::OnDelta(const model::BookDelta& delta, Nanos order_ts) {
    const bool lost = fresh_.OnDelta(delta, order_ts);
    failed_ = failed_ || lost;
}

void BookAudit::OnSnapshot(const SnapshotData& snapshot) {
    SnapshotData plain = snapshot;
    // Whatever else it carries belongs to the book that it is the begin of.
    plain.checksum.reset();
    has_snapshot_ = true;
    // Without a number there is nothing to tell when the two are the same.
    failed_ = plain.last_update_id == 0 || fresh_.OnSnapshot(plain);
}

std::optional<size_t> BookAudit::Compare(const BookKeeper& book) const {
    const bool there = has_snapshot_ && !failed_ && book.state() == BookKeeper::State::kSynced;
    if (!there || fresh_.last_update_id() != book.last_update_id()) return std::nullopt;
    const auto higher = [](const Decimal& x, const Decimal& y) { return x > y; };
    const auto lower = [](const Decimal& x, const Decimal& y) { return x < y; };
    return Differences(
               fresh_.book().bids(),
               book.book().bids(),
               fresh_.known_bid_to(),
               book.known_bid_to(),
               higher
           ) +
           Differences(
               fresh_.book().asks(),
               book.book().asks(),
               fresh_.known_ask_to(),
               book.known_ask_to(),
               lower
           );
}

}  // namespace mp::collector
