// Feed: which connection carries the streams of a series.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/time.hpp"
#include "collector/feed/feed.hpp"

namespace mp::collector {
namespace {

// Events whose identity is their time: what else there is of an instant is the same event.
bool OneAnInstant(model::DataType type) {
    return type == model::DataType::kTicker || type == model::DataType::kMarkPrice ||
           type == model::DataType::kOpenInterest;
}

}  // namespace

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
    SeriesTracker::Options options;
    options.chained = habits.chained;
    options.by_receipt = habits.by_receipt;
    options.seeded = type == model::DataType::kBookDelta && SeedsByStream();
    options.one_an_instant = OneAnInstant(type);
    options.settle = config_.settle.count();
    return SeriesTracker(options);
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
    early_.Forget(series.id);
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

void Feed::DropClosedLinks() {
    std::erase_if(links_, [](const auto& link) { return link->ended(); });
}

}  // namespace mp::collector
