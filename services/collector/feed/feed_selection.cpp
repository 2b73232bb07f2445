// Feed: which instruments are collected, and over which connections.
#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "collector/feed/feed.hpp"
#include "reliability/backoff.hpp"
#include "reliability/error_class.hpp"
#include "reliability/retry_after.hpp"
#include "runtime/sleep.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

// What does not trade for so long is as good as delisted.
constexpr Nanos kHaltedFor = 24 * 3600 * kSecond;
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
        co_await runtime::Sleep(config_.listings_refresh);
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
    if (listings.empty() && !listings_.empty()) {
        co_return absl::DataLossError("an empty list of instruments");
    }
    for (const std::string& symbol : ResolveClashes(listings)) {
        if (by_symbol_.contains(symbol)) continue;
        log_.Warn("two instruments share a canonical symbol", {{"venue_symbol", symbol}});
    }
    KeepMissing(listings);
    WatchHalted(listings);
    listings_ = std::move(listings);
    co_return OkStatus();
}

// What is halted may trade again at any moment, long before the next list.
void Feed::WatchHalted(const std::vector<Listing>& listings) {
    const Nanos steady = DefaultClock().Steady();
    std::map<std::string, Nanos> halted;
    for (const Listing& listing : listings) {
        const std::string& symbol = listing.instrument.symbol;
        if (listing.status == model::InstrumentStatus::kTrading) continue;
        if (!universe_.contains(symbol)) continue;
        const auto known = halted_.find(symbol);
        halted[symbol] = known == halted_.end() ? steady : known->second;
    }
    halted_ = std::move(halted);
}

// Venues leave instruments out of a list by mistake: only a second list in a row ends one.
void Feed::KeepMissing(std::vector<Listing>& listings) {
    std::set<std::string> listed;
    for (const Listing& listing : listings) listed.insert(listing.instrument.symbol);
    std::set<std::string> missing;
    for (const Collected& collected : instruments_) {
        const std::string& symbol = collected.listing.instrument.symbol;
        if (!collected.active || listed.contains(symbol)) continue;
        if (missing_.contains(symbol)) continue;
        missing.insert(symbol);
        listings.push_back(collected.listing);
    }
    missing_ = std::move(missing);
}

// Brings what is collected in line with configuration, run-time changes, listings and fleet.
void Feed::ApplySelection() {
    const std::map<std::string, Choice> wanted = Wanted();
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

// By canonical symbol: what is to be collected, by whomever.
std::map<std::string, Feed::Choice> Feed::Wanted() {
    std::set<std::string> before;
    const Nanos steady = DefaultClock().Steady();
    for (const auto& [symbol, since] : halted_) {
        if (steady - since < kHaltedFor) before.insert(symbol);
    }
    Selection selection = Select(listings_, venue_config_.symbols, venue_config_.exclude, before);
    SetUnmatched(std::move(selection.unmatched));
    std::map<std::string, const Listing*> listed;
    for (const Listing& listing : listings_) {
        if (listing.status == model::InstrumentStatus::kDelisted) continue;
        listed[listing.instrument.symbol] = &listing;
    }
    std::map<std::string, Choice> wanted;
    for (const Listing& chosen : selection.chosen) {
        const auto listing = listed.find(chosen.instrument.symbol);
        if (listing == listed.end() || changes_.Removed(listing->first)) continue;
        const std::vector<model::DataType>& types = venue_config_.data_types;
        wanted[listing->first] = {listing->second, {types.begin(), types.end()}};
    }
    for (const auto& [symbol, change] : changes_.all()) {
        const auto listing = listed.find(symbol);
        if (listing == listed.end() || !changes_.Added(symbol)) continue;
        Choice& choice = wanted[symbol];
        choice.listing = listing->second;
        choice.types.insert(change.types.begin(), change.types.end());
    }
    return wanted;
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
    const auto listed = std::find_if(listings_.begin(), listings_.end(), [&](const Listing& each) {
        return each.instrument.symbol == known.instrument.symbol;
    });
    if (listed != listings_.end() && listed->status != model::InstrumentStatus::kDelisted) return;
    log_.Info("the venue has delisted an instrument", {{"symbol", known.instrument.symbol}});
    if (listed != listings_.end()) known.venue_status = listed->venue_status;
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

CollectedSeries& Feed::SeriesOf(InstrumentId id, model::DataType type) {
    Collected& collected = instruments_[id];
    CollectedSeries*& slot = collected.Of(type);
    if (slot != nullptr) return *slot;
    const model::Instrument& name = collected.listing.instrument;
    CollectedSeries& series = output_.series.Add();
    series.instrument = id;
    series.name = &name;
    series.type = type;
    series.lane = output_.lanes.Find(model::Subject(name, type, output_.shards));
    series.claims =
        output_.claims.Find(model::Subject(name, model::DataType::kCoverage, output_.shards));
    series.tracker = TrackerOf(type);
    series.metrics = output_.metrics.ForType(venue_config_.exchange, type);
    for (Stream& stream : venue_->StreamsOf(name, type)) {
        series.channels.push_back(std::move(stream.channel));
    }
    slot = &series;
    return series;
}

SeriesTracker Feed::TrackerOf(model::DataType type) const {
    const SeriesHabits habits = venue_->HabitsOf(type);
    const bool seeded = type == model::DataType::kBookDelta && SeedsByStream();
    return SeriesTracker({habits.chained, habits.by_receipt, seeded, config_.settle.count()});
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

// Claims what it proves to the end. What comes after is another's, or nobody's: no gap of ours.
void Feed::Unsubscribe(CollectedSeries& series) {
    const Nanos steady = DefaultClock().Steady();
    const Watermark& mark = series.link->watermark();
    series.tracker.Break(gap_reason::kDisconnected, mark, steady);
    CollectSeries(series, mark, DefaultClock().Now(), steady);
    series.tracker = TrackerOf(series.type);
    series.silent = false;
    std::vector<std::string> unused;
    for (const std::string& channel : series.channels) {
        const auto carried = by_channel_.find(channel);
        std::erase(carried->second, &series);
        if (!carried->second.empty()) continue;
        by_channel_.erase(carried);
        unused.push_back(channel);
    }
    Link& link = *series.link;
    link.Remove(unused);
    Unwatch(series);
    series.link = nullptr;
    if (link.size() == 0) link.Close();
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
        if (link->endpoint() == endpoint && fits && !link->closed()) return *link;
    }
    LinkOwner& owner = *this;
    links_.push_back(std::make_unique<Link>(
        executor_,
        *venue_,
        symbols_,
        config_.link,
        fmt::format("{}/{}", venue_config_.name, ++links_made_),
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

void Feed::SetSymbols(std::vector<std::string> symbols, std::vector<std::string> exclude) {
    venue_config_.symbols = std::move(symbols);
    venue_config_.exclude = std::move(exclude);
    if (listed_) ApplySelection();
}

Result<model::Instrument> Feed::Add(const std::string& symbol, std::vector<model::DataType> types) {
    if (!listed_) return absl::UnavailableError("the venue's instruments are not known yet");
    for (const Listing& listing : listings_) {
        const model::Instrument& name = listing.instrument;
        if (name.symbol != symbol && name.venue_symbol != symbol) continue;
        if (types.empty()) types = venue_config_.data_types;
        MP_RETURN_IF_ERROR(changes_.Add(name.symbol, types, DefaultClock().Now()));
        ApplySelection();
        return name;
    }
    return absl::NotFoundError(venue_config_.name + " lists no " + symbol);
}

Result<model::Instrument> Feed::Remove(const std::string& symbol) {
    if (!listed_) return absl::UnavailableError("the venue's instruments are not known yet");
    for (const Listing& listing : listings_) {
        const model::Instrument& name = listing.instrument;
        if (name.symbol != symbol && name.venue_symbol != symbol) continue;
        if (!universe_.contains(name.symbol)) break;
        const Selection configured =
            Select({&listing, 1}, venue_config_.symbols, venue_config_.exclude);
        MP_RETURN_IF_ERROR(
            changes_.Remove(name.symbol, !configured.chosen.empty(), DefaultClock().Now())
        );
        ApplySelection();
        return name;
    }
    return absl::NotFoundError(symbol + " is not collected");
}

}  // namespace mp::collector
