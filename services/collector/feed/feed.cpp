#include "collector/feed/feed.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <utility>

#include "base/time.hpp"
#include "reliability/backoff.hpp"
#include "reliability/error_class.hpp"
#include "reliability/retry_after.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

constexpr reliability::BackoffConfig kListingRetry{500ms, 30s, reliability::Jitter::kDecorrelated};
constexpr size_t kMaxTasks = 20'000;

size_t IndexOf(model::DataType type) {
    return static_cast<size_t>(type);
}

}  // namespace

Feed::Feed(
    Executor executor,
    VenueConfig venue_config,
    std::unique_ptr<Venue> venue,
    FeedConfig config,
    FeedOutput output
)
    : executor_(executor),
      venue_config_(std::move(venue_config)),
      venue_(std::move(venue)),
      config_(config),
      output_(std::move(output)),
      log_(telemetry::Logger("collector.feed").With({{"venue", venue_config_.name}})),
      rest_(
          executor,
          *venue_,
          venue_config_.exchange,
          venue_config_.max_requests_per_minute,
          output_.metrics
      ),
      tasks_(executor, kMaxTasks),
      books_(
          *venue_,
          rest_,
          tasks_,
          venue_config_.exchange,
          config.books,
          output_.metrics,
          [this](InstrumentId id, const model::Event& event) { Publish(id, event); }
      ) {}

Feed::~Feed() = default;

Task<Status> Feed::Run() {
    co_return co_await runtime::FirstOf(FollowListings(), tasks_.Wait());
}

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
        if (page->next) calls.push_front(*page->next);
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
    std::map<std::string, std::pair<const Listing*, std::vector<model::DataType>>> wanted;
    for (const Listing& listing : selection.chosen) {
        const std::string& symbol = listing.instrument.symbol;
        if (std::find(removed_.begin(), removed_.end(), symbol) != removed_.end()) continue;
        wanted[symbol] = {&listing, venue_config_.data_types};
    }
    for (const Listing& listing : listings_) {
        const auto added = added_.find(listing.instrument.symbol);
        if (added != added_.end()) wanted[added->first] = {&listing, added->second};
    }
    for (InstrumentId id = 0; id < instruments_.size(); ++id) {
        const std::string& symbol = instruments_[id].listing.instrument.symbol;
        if (instruments_[id].active && !wanted.contains(symbol)) Deactivate(id);
    }
    for (const auto& [symbol, choice] : wanted) Activate(*choice.first, choice.second);
    log_.Info("collecting", {{"instruments", wanted.size()}, {"connections", links_.size()}});
    // Metadata goes out even before anything is connected.
    output_.lanes.EndBurst();
    if (links_.empty()) output_.metrics.Connected(venue_config_.exchange, true);
}

void Feed::Activate(const Listing& listing, std::span<const model::DataType> types) {
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
    symbols_.Set(listing.instrument.venue_symbol, id);
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
    CollectedSeries*& slot = collected.series[IndexOf(type)];
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
    series.tracker = SeriesTracker({habits.chained, habits.by_receipt, config_.settle.count()});
    series.metrics = output_.metrics.ForType(venue_config_.exchange, type);
    for (Stream& stream : venue_->StreamsOf(name, type)) {
        series.channels.push_back(std::move(stream.channel));
    }
    slot = &series;
    return series;
}

void Feed::Subscribe(CollectedSeries& series) {
    const auto streams = venue_->StreamsOf(*series.name, series.type);
    Link& link = LinkFor(streams.front().endpoint, streams.size());
    series.link = &link;
    series.source = output_.instance + "/" + link.name();
    if (!series.watch) series.watch = link.watchdog().Add(DefaultClock().Steady());
    for (const std::string& channel : series.channels) by_channel_[channel] = &series;
    if (series.type == model::DataType::kBookDelta) {
        SeriesOf(series.instrument, model::DataType::kBookSnapshot);
        books_.Add(series.instrument, *series.name);
    }
    link.Add(series.channels);
}

void Feed::Unsubscribe(CollectedSeries& series) {
    series.tracker.Break(
        gap_reason::kDisconnected, series.link->watermark(), DefaultClock().Steady()
    );
    series.link->Remove(series.channels);
    if (series.watch) series.link->watchdog().Remove(*series.watch);
    series.watch.reset();
    for (const std::string& channel : series.channels) by_channel_.erase(channel);
    series.link = nullptr;
}

Link& Feed::LinkFor(const std::string& endpoint, size_t streams) {
    for (const auto& link : links_) {
        const bool fits = link->size() + streams <= venue_config_.max_streams_per_connection;
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

void Feed::Publish(InstrumentId id, const model::Event& event) {
    CollectedSeries* series = instruments_[id].series[IndexOf(model::TypeOf(event))];
    if (series == nullptr) return;
    output_.lanes.Add(series->lane, series->id, *series->name, event);
    series->metrics.received.Add();
    ++series->messages;
    series->last_message = event.received_ts;
}

void Feed::OnEvent(
    Link& link, Session& session, InstrumentId id, const model::Event& event, const ChainLink* chain
) {
    CollectedSeries* series = instruments_[id].series[IndexOf(model::TypeOf(event))];
    if (series == nullptr || series->link == nullptr) return;
    burst_steady_ = session.burst_steady();
    Publish(id, event);
    series->tracker.OnEvent(event.order_ts, chain, burst_steady_);
    series->silent = false;
    link.watchdog().OnMessage(*series->watch, burst_steady_);
    if (event.exchange_ts) {
        smallest_offset_ = std::min(smallest_offset_, event.received_ts - *event.exchange_ts);
    }
    ++burst_events_;
    burst_last_ = series;
    if (const auto* delta = std::get_if<model::BookDelta>(&event.body)) {
        books_.OnDelta(id, *delta, event.order_ts);
    } else if (const auto* bbo = std::get_if<model::Bbo>(&event.body)) {
        books_.OnBbo(id, *bbo);
    } else if (const auto* snapshot = std::get_if<model::BookSnapshot>(&event.body)) {
        books_.OnStreamSnapshot(id, *snapshot, event.order_ts);
    }
}

void Feed::OnBurstEnd(Link&) {
    output_.lanes.EndBurst();
    if (burst_events_ == 0) return;
    burst_last_->metrics.handling.Observe(Duration(DefaultClock().Steady() - burst_steady_));
    burst_events_ = 0;
}

void Feed::OnBadMessage(Link& link, const ParseResult& result, std::string_view frame) {
    output_.metrics.Failed(venue_config_.exchange, reliability::ErrorClass::kData);
    output_.dead_letters.Put("collector." + venue_config_.exchange, ToString(result.error), frame);
    if (const auto held_back = bad_messages_.Allow()) {
        log_.Warn(
            "a message could not be read",
            {{"connection", link.name()},
             {"error", ToString(result.error)},
             {"bytes", frame.size()},
             {"more", *held_back}}
        );
    }
    if (result.instrument == kNoInstrument) return DoubtAll(link, result);
    CollectedSeries* series = instruments_[result.instrument].series[IndexOf(result.type)];
    if (series == nullptr || series->link == nullptr) return DoubtAll(link, result);
    series->metrics.bad.Add();
    if (result.type == model::DataType::kBookDelta) books_.OnLost(result.instrument);
    Doubt(*series, gap_reason::kBadMessage);
}

// Whose message it was cannot be told.
void Feed::DoubtAll(Link& link, const ParseResult&) {
    ForEachOn(link, [this](CollectedSeries& series) { Doubt(series, gap_reason::kBadMessage); });
}

// Something of this socket read belonged to the series and is lost; what comes from here on is not.
void Feed::Doubt(CollectedSeries& series, std::string_view reason) {
    if (!series.tracker.flowing()) return;
    Watermark before = series.link->watermark();
    const Nanos received = before.last_received--;
    const Nanos steady = DefaultClock().Steady();
    series.tracker.Break(reason, before, steady);
    series.tracker.Start(received + 1, steady);
}

void Feed::OnIgnored(Link&) {
    output_.metrics.Ignored(venue_config_.exchange);
}

void Feed::OnFlowing(Link& link, const std::string& channel) {
    const auto found = by_channel_.find(channel);
    if (found == by_channel_.end()) return;
    CollectedSeries& series = *found->second;
    for (const std::string& each : series.channels) {
        if (!link.Flows(each)) return;
    }
    series.tracker.Start(link.watermark().last_received, DefaultClock().Steady());
    OnStateChanged(link);
}

void Feed::OnRefused(Link& link, const std::string& channel, std::string_view why) {
    output_.metrics.Failed(venue_config_.exchange, reliability::ErrorClass::kApi);
    log_.Error(
        "the venue refused a stream",
        {{"connection", link.name()}, {"channel", channel}, {"reason", why}}
    );
}

void Feed::OnBroken(Link& link, std::string_view reason, const Watermark& mark) {
    output_.metrics.SessionEnded(venue_config_.exchange, reason);
    output_.metrics.Failed(venue_config_.exchange, reliability::ErrorClass::kNetwork);
    const Nanos steady = DefaultClock().Steady();
    ForEachOn(link, [&](CollectedSeries& series) { series.tracker.Break(reason, mark, steady); });
}

void Feed::OnStateChanged(Link&) {
    output_.metrics.Connected(venue_config_.exchange, connected());
}

void Feed::OnSilent(Link& link, reliability::Watchdog::Channel channel) {
    ForEachOn(link, [&](CollectedSeries& series) {
        if (series.watch != channel) return;
        log_.Warn(
            "a stream fell silent, subscribing anew",
            {{"connection", link.name()}, {"channel", series.channels.front()}}
        );
        series.silent = true;
        series.tracker.Break(gap_reason::kSilence, link.watermark(), DefaultClock().Steady());
        link.Resubscribe(series.channels);
    });
}

template <typename Action>
void Feed::ForEachOn(const Link& link, Action action) {
    for (Collected& collected : instruments_) {
        for (CollectedSeries* series : collected.series) {
            if (series != nullptr && series->link == &link) action(*series);
        }
    }
}

void Feed::CollectCoverage(Nanos now, Nanos steady) {
    Findings findings;
    for (const auto& link : links_) {
        link->SampleWatermark(steady, config_.slack.count());
        ForEachOn(*link, [&](CollectedSeries& series) {
            findings.clear();
            series.tracker.Collect(link->watermark(), steady, findings);
            for (const Finding& finding : findings) {
                output_.claims.Add(
                    series.claims, *series.name, series.type, finding, series.source, now
                );
                if (finding.state != model::CoverageState::kOpen) continue;
                ++series.gaps;
                series.metrics.gaps.Add();
            }
        });
    }
    if (smallest_offset_ != INT64_MAX) {
        output_.metrics.ClockOffset(venue_config_.exchange, Duration(smallest_offset_));
        smallest_offset_ = INT64_MAX;
    }
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
        std::erase(removed_, name.symbol);
        added_[name.symbol] = types.empty() ? venue_config_.data_types : std::move(types);
        ApplySelection();
        return name;
    }
    return absl::NotFoundError(venue_config_.name + " lists no " + symbol);
}

Result<model::Instrument> Feed::Remove(const std::string& symbol) {
    const model::Instrument* name = FindInstrument(symbol);
    if (name == nullptr) return absl::NotFoundError(symbol + " is not collected");
    added_.erase(name->symbol);
    removed_.push_back(name->symbol);
    ApplySelection();
    return *name;
}

bool Feed::connected() const {
    return listed_ && std::all_of(links_.begin(), links_.end(), [](const auto& link) {
               return link->connected();
           });
}

std::vector<const CollectedSeries*> Feed::Series() const {
    std::vector<const CollectedSeries*> all;
    for (const Collected& collected : instruments_) {
        if (!collected.active) continue;
        for (const CollectedSeries* series : collected.series) {
            if (series != nullptr && series->link != nullptr) all.push_back(series);
        }
    }
    return all;
}

Feed::State Feed::StateOf(const CollectedSeries& series) const {
    if (series.link == nullptr || !series.link->connected()) return State::kDisconnected;
    if (series.silent) return State::kSilent;
    if (!series.tracker.flowing()) return State::kSubscribing;
    const BookKeeper* book =
        series.type == model::DataType::kBookDelta ? books_.Find(series.instrument) : nullptr;
    const bool syncing = book != nullptr && book->state() != BookKeeper::State::kSynced;
    return syncing ? State::kSyncing : State::kLive;
}

const BookKeeper* Feed::FindBook(const std::string& symbol) const {
    const auto found = by_symbol_.find(symbol);
    return found == by_symbol_.end() ? nullptr : books_.Find(found->second);
}

const model::Instrument* Feed::FindInstrument(const std::string& symbol) const {
    const auto found = by_symbol_.find(symbol);
    if (found == by_symbol_.end() || !instruments_[found->second].active) return nullptr;
    return &instruments_[found->second].listing.instrument;
}

uint64_t Feed::Resyncs(const CollectedSeries& series) const {
    return series.type == model::DataType::kBookDelta ? books_.resyncs(series.instrument) : 0;
}

}  // namespace mp::collector
