// Feed: its part of the fleet. An instrument that becomes another collector's is collected on until
// that one does.
#include <algorithm>
#include <utility>

#include "base/time.hpp"
#include "collector/feed/feed.hpp"
#include "collector/fleet/scope.hpp"

namespace mp::collector {
namespace {

// An announcement that names more of them says nothing instead: nobody lets go then.
constexpr size_t kMaxSettling = 8'000;

}  // namespace

uint64_t Feed::scope() const {
    return ScopeOf(venue_config_);
}

void Feed::SetPeers(std::vector<Peer> peers) {
    const bool changed = shard_.SetPeers(std::move(peers));
    if (!changed) return;
    log_.Info("sharing instruments", {{"peers", shard_.peers()}});
    if (listed()) ApplySelection();
}

void Feed::HandOver() {
    const bool changed = shard_.Leave();
    if (changed && listed()) ApplySelection();
}

Share Feed::GetShare() {
    Share share;
    share.scope = scope();
    if (!listed()) return share;
    share.view = shard_.view();
    for (Collected& collected : instruments_) {
        if (!collected.active || collected.leaving) continue;
        const bool flowed = std::exchange(collected.flows, Flows(collected));
        if (!collected.flows) {
            share.settling.push_back(SymbolHash(collected.listing.instrument.symbol));
        } else if (!flowed) {
            settled_to_ = std::max(settled_to_, ClaimedTo(collected));
        }
    }
    if (share.settling.size() > kMaxSettling) {
        share.settling.clear();
        share.view = kUnsettled;
    }
    std::sort(share.settling.begin(), share.settling.end());
    share.settled_to = settled_to_;
    return share;
}

// All its streams are vouched for, and its book is in step, or has had its time.
bool Feed::Flows(const Collected& collected) const {
    for (const CollectedSeries* series : collected.series) {
        if (series == nullptr || series->link == nullptr) continue;
        if (!series->tracker.claiming()) return false;
        if (series->type != model::DataType::kBookDelta) continue;
        const BookKeeper* book = books_.Find(series->instrument);
        const bool in_step = book != nullptr && book->state() == BookKeeper::State::kSynced;
        const Nanos waited = DefaultClock().Steady() - collected.since;
        // Half of what whoever leaves waits for us: its streams are worth more to us than its book.
        if (!in_step && waited < config_.handover.count() / 2) return false;
    }
    return true;
}

// The latest of them: where whoever collects it too must have come before it lets go.
Nanos Feed::ClaimedTo(const Collected& collected) const {
    Nanos to = 0;
    for (const CollectedSeries* series : collected.series) {
        if (series == nullptr || series->link == nullptr) continue;
        to = std::max(to, series->tracker.claimed_to());
    }
    return to;
}

size_t Feed::LetGo() {
    size_t kept = shard_.waits() ? CountActive() : 0;
    bool let_go = false;
    const Nanos steady = DefaultClock().Steady();
    for (InstrumentId id = 0; id < instruments_.size(); ++id) {
        Collected& collected = instruments_[id];
        if (!collected.active || !collected.leaving) continue;
        Nanos claimed_to = INT64_MAX;
        for (const CollectedSeries* series : collected.series) {
            if (series == nullptr || series->link == nullptr) continue;
            claimed_to = std::min(claimed_to, series->tracker.claimed_to());
        }
        const auto taken_over = shard_.TakenOver(collected.listing.instrument);
        const bool ready =
            collected.release.Ready(taken_over, claimed_to, steady, config_.handover.count());
        if (ready) {
            Deactivate(id);
            let_go = true;
        } else {
            ++kept;
        }
    }
    if (let_go) CountInstruments();
    DropClosedLinks();
    return kept;
}

}  // namespace mp::collector
