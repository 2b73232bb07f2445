// Feed: which instruments are collected, and over which connections.
#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/time.hpp"
#include "collector/feed/feed.hpp"
#include "reliability/backoff.hpp"
#include "reliability/error_class.hpp"
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
        const Status loaded = co_await LoadListings();
        if (!loaded.ok()) {
            log_.Warn("the venue's instruments are not to be had", {{"reason", loaded}});
            const Duration wait = backoff.Next();
            const auto asked = reliability::RetryAfterOf(loaded);
            co_await runtime::Sleep(std::max(wait, asked.value_or(wait)));
            continue;
        }
        backoff.Reset();
        listed_ = true;
        ApplySelection();
        const Deadline next = Deadline::After(config_.listings_refresh);
        while (!next.Passed()) {
            const bool asked = co_await reselect_.Wait(next);
            if (asked) ApplySelection();
        }
    }
}

Task<Status> Feed::LoadListings() {
    std::vector<Listing> listings;
    std::deque<RestCall> calls;
    for (RestCall& call : venue_->ListingCalls()) calls.push_back(std::move(call));
    while (!calls.empty()) {
        const RestCall call = std::move(calls.front());
        calls.pop_front();
        const auto body = co_await rest_.Get(call, Deadline::After(1min));
        if (!body.ok()) co_return body.status();
        auto page = venue_->ParseListings(*body);
        if (!page.ok()) {
            output_.metrics.Failed(venue_config_.exchange, reliability::ErrorClass::kData);
            co_return page.status();
        }
        std::move(page->listings.begin(), page->listings.end(), std::back_inserter(listings));
        std::move(page->next.begin(), page->next.end(), std::front_inserter(calls));
    }
    for (const std::string& symbol : ResolveClashes(listings)) {
        log_.Warn("two instruments share a canonical symbol", {{"venue_symbol", symbol}});
    }
    listings_ = std::move(listings);
    co_return OkStatus();
}

// Brings what is collected in line with configuration, run-time changes and listings.
void Feed::ApplySelection() {
    Selection selection = Select(listings_, venue_config_.symbols);
    if (selection.unmatched != unmatched_) {
        for (const std::string& symbol : selection.unmatched) {
            log_.Warn("the venue lists no such symbol; it is not collected", {{"symbol", symbol}});
        }
        unmatched_ = selection.unmatched;
    }
    struct Choice {
        const Listing* listing = nullptr;
        std::set<model::DataType> types;
    };
    std::map<std::string, Choice> wanted;
    for (const Listing& listing : selection.chosen) {
        const std::string& symbol = listing.instrument.symbol;
        if (changes_.Removed(symbol)) continue;
        const std::vector<model::DataType>& types = venue_config_.data_types;
        wanted[symbol] = {&listing, {types.begin(), types.end()}};
    }
    for (const Listing& listing : listings_) {
        const auto added = changes_.added().find(listing.instrument.symbol);
        if (added == changes_.added().end()) continue;
        Choice& choice = wanted[added->first];
        choice.listing = &listing;
        choice.types.insert(added->second.begin(), added->second.end());
    }
    for (InstrumentId id = 0; id < instruments_.size(); ++id) {
        const std::string& symbol = instruments_[id].listing.instrument.symbol;
        if (instruments_[id].active && !wanted.contains(symbol)) Deactivate(id);
    }
    for (const auto& [symbol, choice] : wanted) Activate(*choice.listing, choice.types);
    log_.Info("collecting", {{"instruments", wanted.size()}, {"connections", links_.size()}});
    // Metadata goes out even before anything is connected.
    output_.lanes.EndBurst();
    if (links_.empty()) output_.metrics.Connected(venue_config_.exchange, true);
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
    collected.active = true;
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
    symbols_.Set(collected.listing.instrument.venue_symbol, kNoInstrument);
    for (CollectedSeries* series : collected.series) {
        if (series != nullptr && series->link != nullptr) Unsubscribe(*series);
    }
    books_.Remove(id);
}

CollectedSeries& Feed::SeriesOf(InstrumentId id, model::DataType type) {
    Collected& collected = instruments_[id];
    CollectedSeries*& slot = collected.Of(type);
    if (slot != nullptr) return *slot;
    const model::Instrument& name = collected.listing.instrument;
    const SeriesHabits habits = venue_->HabitsOf(type);
    CollectedSeries& series = output_.series.Add();
    series.instrument = id;
    series.name = &name;
    series.type = type;
    series.lane = output_.lanes.Find(model::Subject(name, type, output_.shards));
    series.claims =
        output_.claims.Find(model::Subject(name, model::DataType::kCoverage, output_.shards));
    const bool seeded = type == model::DataType::kBookDelta && SeedsByStream();
    series.tracker =
        SeriesTracker({habits.chained, habits.by_receipt, seeded, config_.settle.count()});
    series.metrics = output_.metrics.ForType(venue_config_.exchange, type);
    for (Stream& stream : venue_->StreamsOf(name, type)) {
        series.channels.push_back(std::move(stream.channel));
    }
    slot = &series;
    return series;
}

void Feed::Subscribe(CollectedSeries& series) {
    const auto streams = venue_->StreamsOf(*series.name, series.type);
    Link& link = LinkFor(streams.front().endpoint, series.channels);
    series.link = &link;
    series.source = output_.instance + "/" + link.name();
    Watch(series);
    for (const std::string& channel : series.channels) by_channel_[channel].push_back(&series);
    if (series.type == model::DataType::kBookDelta) {
        SeriesOf(series.instrument, model::DataType::kBookSnapshot);
        const Listing& listing = instruments_[series.instrument].listing;
        books_.Add(series.instrument, *series.name, listing.quantity_unit);
    }
    link.Add(series.channels);
    StartIfFlowing(series);
}

void Feed::Unsubscribe(CollectedSeries& series) {
    series.tracker.Break(
        gap_reason::kDisconnected, series.link->watermark(), DefaultClock().Steady()
    );
    std::vector<std::string> unused;
    for (const std::string& channel : series.channels) {
        const auto carried = by_channel_.find(channel);
        std::erase(carried->second, &series);
        if (!carried->second.empty()) continue;
        by_channel_.erase(carried);
        unused.push_back(channel);
    }
    series.link->Remove(unused);
    Unwatch(series);
    series.link = nullptr;
}

// Types that share a channel share its watch: which of them a message gives is the venue's choice.
void Feed::Watch(CollectedSeries& series) {
    if (venue_->HabitsOf(series.type).sporadic) return;
    for (const std::string& channel : series.channels) {
        const auto carried = by_channel_.find(channel);
        if (carried == by_channel_.end()) continue;
        for (const CollectedSeries* other : carried->second) {
            if (!series.watch) series.watch = other->watch;
        }
    }
    if (!series.watch) series.watch = series.link->watchdog().Add(DefaultClock().Steady());
}

void Feed::Unwatch(CollectedSeries& series) {
    if (!series.watch) return;
    bool shared = false;
    ForEachOn(*series.link, [&](const CollectedSeries& other) {
        shared = shared || (&other != &series && other.watch == series.watch);
    });
    if (!shared) series.link->watchdog().Remove(*series.watch);
    series.watch.reset();
}

Link& Feed::LinkFor(const std::string& endpoint, std::span<const std::string> channels) {
    for (const std::string& channel : channels) {
        const auto carried = by_channel_.find(channel);
        if (carried != by_channel_.end()) return *carried->second.front()->link;
    }
    for (const auto& link : links_) {
        const bool fits =
            link->size() + channels.size() <= venue_config_.max_streams_per_connection;
        if (link->endpoint() == endpoint && fits) return *link;
    }
    LinkOwner& owner = *this;
    links_.push_back(std::make_unique<Link>(
        executor_,
        *venue_,
        symbols_,
        config_.link,
        fmt::format("{}/{}", venue_config_.name, links_.size() + 1),
        endpoint,
        owner
    ));
    const Status spawned = tasks_.Spawn(links_.back()->Run());
    if (!spawned.ok()) log_.Error("no room for a connection", {{"reason", spawned}});
    return *links_.back();
}

void Feed::PublishListing(InstrumentId id) {
    model::Event event;
    event.received_ts = DefaultClock().Now();
    event.order_ts = event.received_ts;
    event.body = instruments_[id].listing.Info();
    SeriesOf(id, model::DataType::kInstrument);
    Publish(id, event);
}

void Feed::SetSymbols(std::vector<std::string> symbols) {
    venue_config_.symbols = std::move(symbols);
    reselect_.NotifyAll();
}

Result<model::Instrument> Feed::Add(const std::string& symbol, std::vector<model::DataType> types) {
    if (!listed_) return absl::UnavailableError("the venue's instruments are not known yet");
    for (const Listing& listing : listings_) {
        const model::Instrument& name = listing.instrument;
        if (name.symbol != symbol && name.venue_symbol != symbol) continue;
        if (types.empty()) types = venue_config_.data_types;
        MP_RETURN_IF_ERROR(changes_.Add(name.symbol, types));
        ApplySelection();
        return name;
    }
    return absl::NotFoundError(venue_config_.name + " lists no " + symbol);
}

Result<model::Instrument> Feed::Remove(const std::string& symbol) {
    const auto found = by_symbol_.find(symbol);
    if (found == by_symbol_.end() || !instruments_[found->second].active) {
        return absl::NotFoundError(symbol + " is not collected");
    }
    const Listing& listing = instruments_[found->second].listing;
    const bool configured = !Select({&listing, 1}, venue_config_.symbols).chosen.empty();
    MP_RETURN_IF_ERROR(changes_.Remove(listing.instrument.symbol, configured));
    ApplySelection();
    return listing.instrument;
}

}  // namespace mp::collector
