// Feed: which instruments are collected.
#include <algorithm>
#include <set>
#include <utility>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "collector/feed/feed.hpp"
#include "reliability/backoff.hpp"
#include "reliability/retry_after.hpp"
#include "runtime/sleep.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

constexpr reliability::BackoffConfig kListingRetry{500ms, 30s, reliability::Jitter::kDecorrelated};

}  // namespace

Task<Status> Feed::FollowListings() {
    reliability::Backoff backoff(kListingRetry);
    for (;;) {
        const Status loaded = co_await listings_.Load();
        if (!loaded.ok()) {
            log_.Warn("the venue's instruments are not to be had", {{"reason", loaded}});
            const Duration wait = backoff.Next();
            const auto asked = reliability::RetryAfterOf(loaded);
            co_await runtime::Sleep(std::max(wait, asked.value_or(wait)));
            continue;
        }
        backoff.Reset();
        const Nanos steady = DefaultClock().Steady();
        listings_.KeepMissing(ActiveListings(), steady);
        halted_.Look(listings_.all(), universe_, steady);
        ApplySelection();
        co_await runtime::Sleep(config_.listings_refresh);
    }
}

std::vector<Listing> Feed::ActiveListings() const {
    std::vector<Listing> active;
    for (const Collected& collected : instruments_) {
        if (collected.active) active.push_back(collected.listing);
    }
    return active;
}

// Brings what is collected in line with configuration, run-time changes, listings and fleet.
void Feed::ApplySelection() {
    Wanted all =
        WantedOf(listings_.all(), venue_config_, changes_, halted_.Lately(DefaultClock().Steady()));
    const std::map<std::string, Choice>& wanted = all.chosen;
    SetUnmatched(std::move(all.unmatched));
    SetUniverse(wanted);
    for (InstrumentId id = 0; id < instruments_.size(); ++id) {
        const std::string& symbol = instruments_[id].listing.instrument.symbol;
        if (!instruments_[id].active || wanted.contains(symbol)) continue;
        CloseDelisted(id);
        Deactivate(id);
    }
    for (const auto& [symbol, choice] : wanted) {
        if (shard_.Owns(choice.listing->instrument)) {
            Activate(*choice.listing, choice.types);
        } else if (const auto known = by_symbol_.find(symbol); known != by_symbol_.end()) {
            instruments_[known->second].leaving = instruments_[known->second].active;
        }
    }
    CountInstruments();
    // Metadata goes out even before anything is connected.
    output_.lanes.EndBurst();
    if (links_.empty()) output_.metrics.Connected(venue_config_.exchange, true);
}

void Feed::SetUniverse(const std::map<std::string, Choice>& wanted) {
    std::set<std::string> universe;
    uint64_t hash = kFnvOffset;
    for (const auto& [symbol, choice] : wanted) {
        universe.insert(symbol);
        hash = Fnv1a(symbol, Fnv1a("|", hash));
        for (const model::DataType type : choice.types) hash = Fnv1a(model::ToString(type), hash);
    }
    shard_.SetUniverse(hash);
    if (universe == universe_) return;
    universe_ = std::move(universe);
    log_.Info("collecting", {{"instruments", universe_.size()}, {"peers", shard_.peers()}});
}

// What was collected until the venue took it from its list is no mistake of the configuration.
void Feed::SetUnmatched(std::vector<std::string> unmatched) {
    std::erase_if(unmatched, [this](const std::string& symbol) {
        const auto known = by_symbol_.find(symbol);
        return known != by_symbol_.end();
    });
    if (unmatched == unmatched_) return;
    for (const std::string& symbol : unmatched) {
        log_.Warn("the venue lists no such symbol; it is not collected", {{"symbol", symbol}});
    }
    unmatched_ = std::move(unmatched);
}

// Where the list does not hold it any more, or says so: its series end here, for readers too.
void Feed::CloseDelisted(InstrumentId id) {
    Listing& known = instruments_[id].listing;
    const Listing* listed = listings_.Find(known.instrument.symbol);
    if (listed != nullptr && listed->status != model::InstrumentStatus::kDelisted) return;
    log_.Info("the venue has delisted an instrument", {{"symbol", known.instrument.symbol}});
    if (listed != nullptr) known.venue_status = listed->venue_status;
    known.status = model::InstrumentStatus::kDelisted;
    PublishListing(id);
}

size_t Feed::CountActive() const {
    const auto active =
        std::count_if(instruments_.begin(), instruments_.end(), [](const Collected& collected) {
            return collected.active;
        });
    return static_cast<size_t>(active);
}

void Feed::CountInstruments() {
    output_.metrics.Collecting(
        venue_config_.exchange, model::ToString(venue_config_.market), CountActive()
    );
}

void Feed::Activate(const Listing& listing, const std::set<model::DataType>& types) {
    const auto [entry, is_new] = by_symbol_.try_emplace(
        listing.instrument.symbol, static_cast<InstrumentId>(instruments_.size())
    );
    const InstrumentId id = entry->second;
    if (is_new) {
        instruments_.emplace_back().listing = listing;
        by_symbol_.try_emplace(listing.instrument.venue_symbol, id);
    }
    Collected& collected = instruments_[id];
    const bool changed = is_new || !(collected.listing == listing);
    if (changed) {
        // The name stays: views of it are everywhere.
        model::Instrument name = std::move(collected.listing.instrument);
        collected.listing = listing;
        collected.listing.instrument = std::move(name);
        PublishListing(id);
    }
    if (!collected.active) collected.since = DefaultClock().Steady();
    collected.active = true;
    collected.leaving = false;
    collected.release = {};
    symbols_.Set(listing.instrument.venue_symbol, id, listing.Facts());
    for (const model::DataType type : types) {
        CollectedSeries& series = SeriesOf(id, type);
        if (series.link == nullptr && !series.channels.empty()) Subscribe(series);
    }
}

void Feed::Deactivate(InstrumentId id) {
    Collected& collected = instruments_[id];
    log_.Info("no longer collecting", {{"symbol", collected.listing.instrument.symbol}});
    collected.active = false;
    collected.leaving = false;
    collected.flows = false;
    // What cannot be kept must be known before the last of it is claimed.
    output_.lanes.Flush();
    symbols_.Set(collected.listing.instrument.venue_symbol, kNoInstrument);
    for (CollectedSeries* series : collected.series) {
        if (series != nullptr && series->link != nullptr) Unsubscribe(*series);
    }
    books_.Remove(id);
}

void Feed::PublishListing(InstrumentId id) {
    model::Event event;
    event.received_ts = listings_.received_ts();
    event.order_ts = event.received_ts;
    event.body = instruments_[id].listing.Info();
    SeriesOf(id, model::DataType::kInstrument);
    Publish(id, event);
}

}  // namespace mp::collector
