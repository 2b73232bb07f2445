#include "collector/feed/feed.hpp"

#include <algorithm>
#include <utility>

#include "base/time.hpp"
#include "reliability/error_class.hpp"
#include "runtime/first_of.hpp"

namespace mp::collector {
namespace {

constexpr size_t kMaxTasks = 20'000;  // connections and snapshots being fetched

}  // namespace

Feed::Feed(
    Executor executor,
    VenueConfig venue_config,
    std::unique_ptr<Venue> venue,
    FeedConfig config,
    FeedOutput output,
    InstrumentChanges changes,
    Shard shard
)
    : executor_(executor),
      venue_config_(std::move(venue_config)),
      venue_(std::move(venue)),
      config_(config),
      output_(std::move(output)),
      log_(telemetry::Logger("collector.feed").With({{"venue", venue_config_.name}})),
      secrets_(SecretsOf(venue_config_, *venue_)),
      rest_(
          executor,
          *venue_,
          venue_config_,
          output_.budgets.Of(*venue_, venue_config_),
          output_.metrics,
          config.link.session.recorder,
          config.link.session.recorded_clock
      ),
      tasks_(executor, kMaxTasks),
      books_(
          *venue_,
          rest_,
          tasks_,
          venue_config_.exchange,
          config.books,
          output_.metrics,
          [this](InstrumentId id, const model::Event& event) { Publish(id, event); },
          [this](InstrumentId id) { Reseed(id); }
      ),
      listings_(*venue_, rest_, output_.metrics, venue_config_.exchange, log_),
      changes_(std::move(changes)),
      shard_(std::move(shard)) {}

Feed::~Feed() = default;

Task<Status> Feed::Run() {
    if (config_.books.audit_interval.count() > 0) {
        co_return co_await runtime::FirstOf(FollowListings(), books_.Audit(), tasks_.Wait());
    }
    co_return co_await runtime::FirstOf(FollowListings(), tasks_.Wait());
}

void Feed::OnBurstEnd(Link&) {
    output_.lanes.EndBurst();
    if (burst_events_ == 0) return;
    burst_last_->metrics.handling.Observe(Duration(DefaultClock().Steady() - burst_steady_));
    burst_events_ = 0;
}

void Feed::OnBadMessage(Link& link, const ParseResult& result, std::string_view frame) {
    output_.metrics.Failed(venue_config_.exchange, reliability::ErrorClass::kData);
    output_.dead_letters.Put(
        "collector." + venue_config_.exchange, ToString(result.error), secrets_.Of(frame)
    );
    if (const auto held_back = bad_messages_.Allow()) {
        log_.Warn(
            "a message could not be read",
            {{"connection", link.name()},
             {"error", ToString(result.error)},
             {"bytes", frame.size()},
             {"more", *held_back}}
        );
    }
    if (CollectedSeries* series = BadSeries(result)) series->metrics.bad.Add();
}

CollectedSeries* Feed::BadSeries(const ParseResult& result) {
    if (result.instrument == kNoInstrument) return nullptr;
    CollectedSeries* series = instruments_[result.instrument].Of(result.type);
    return series == nullptr || series->link == nullptr ? nullptr : series;
}

void Feed::OnLost(Link& link, const ParseResult& result) {
    CollectedSeries* series = BadSeries(result);
    // One event alone: whatever else its message holds was read.
    const bool alone = result.error == ParseError::kAhead;
    if (series == nullptr) {
        if (!alone) DoubtAll(link);
        return;
    }
    if (result.type == model::DataType::kBookDelta) books_.OnLost(result.instrument);
    if (alone) return Doubt(*series, gap_reason::kBadMessage);
    // Other types of the same channel would have been in the message too.
    for (const std::string& channel : series->channels) {
        for (CollectedSeries* carried : by_channel_[channel]) {
            Doubt(*carried, gap_reason::kBadMessage);
        }
    }
}

// Whose message it was cannot be told.
void Feed::DoubtAll(Link& link) {
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
    for (CollectedSeries* series : found->second) StartIfFlowing(*series);
    OnStateChanged(link);
}

void Feed::StartIfFlowing(CollectedSeries& series) {
    for (const std::string& each : series.channels) {
        if (!series.link->Flows(each)) return;
    }
    series.tracker.Start(series.link->watermark().last_received, DefaultClock().Steady());
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
    ForEachOn(link, [&](CollectedSeries& series) {
        series.tracker.Break(reason, mark, steady);
        FollowUp(series, kAll);
    });
}

void Feed::OnStateChanged(Link&) {
    output_.metrics.Connected(venue_config_.exchange, connected());
}

void Feed::OnSilent(Link& link, reliability::Watchdog::Channel channel) {
    CollectedSeries* silent = nullptr;
    ForEachOn(link, [&](CollectedSeries& series) {
        if (series.watch != channel) return;
        silent = &series;
        series.silent = true;
    });
    if (silent == nullptr) return;
    log_.Warn(
        "a stream fell silent, subscribing anew",
        {{"connection", link.name()}, {"channel", silent->channels.front()}}
    );
    Resubscribe(*silent, gap_reason::kSilence);
}

void Feed::Resubscribe(CollectedSeries& series, std::string_view reason) {
    const Nanos steady = DefaultClock().Steady();
    for (const std::string& channel : series.channels) {
        for (CollectedSeries* carried : by_channel_[channel]) {
            carried->tracker.Break(reason, series.link->watermark(), steady);
        }
    }
    series.link->Resubscribe(series.channels);
    output_.metrics.Resubscribed(venue_config_.exchange, reason);
}

// The stream gives the book its snapshot, at the begin of a subscription.
void Feed::Reseed(InstrumentId id) {
    CollectedSeries* series = instruments_[id].Of(model::DataType::kBookDelta);
    if (series == nullptr || series->link == nullptr) return;
    Resubscribe(*series, gap_reason::kSequenceGap);
}

void Feed::CollectCoverage(Nanos now, Nanos steady) {
    for (const auto& link : links_) {
        link->SampleWatermark(steady, config_.slack.count());
        ForEachOn(*link, [&](CollectedSeries& series) {
            CollectSeries(series, link->watermark(), now, steady);
        });
    }
    if (smallest_offset_ != INT64_MAX) {
        output_.metrics.ClockOffset(venue_config_.exchange, Duration(smallest_offset_));
        smallest_offset_ = INT64_MAX;
    }
}

void Feed::CollectSeries(CollectedSeries& series, const Watermark& mark, Nanos now, Nanos steady) {
    findings_.clear();
    series.tracker.Collect(mark, steady, findings_);
    for (const Finding& finding : findings_) {
        output_.claims.Add(series.claims, *series.name, series.type, finding, series.source, now);
        if (finding.state != model::CoverageState::kOpen) continue;
        ++series.gaps;
        series.metrics.gaps.Add();
    }
}

bool Feed::connected() const {
    return listed() && std::all_of(links_.begin(), links_.end(), [](const auto& link) {
               return link->connected() || link->closed();
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
    const BookKeeper* book =
        series.type == model::DataType::kBookDelta ? books_.Find(series.instrument) : nullptr;
    const bool syncing = book != nullptr && book->state() != BookKeeper::State::kSynced;
    if (syncing && series.link->Flows(series.channels.front())) return State::kSyncing;
    return series.tracker.flowing() ? State::kLive : State::kSubscribing;
}

std::vector<Listing> Feed::Collecting(model::DataType type) const {
    std::vector<Listing> listings;
    for (const Collected& collected : instruments_) {
        const bool with_type = collected.series[static_cast<size_t>(type)] != nullptr;
        if (collected.active && with_type) listings.push_back(collected.listing);
    }
    return listings;
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
