#pragma once
// One configured market of one exchange: its instruments, the connections that carry their streams,
// their books, and the way of every event into a batch. One executor's thread.

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/dead_letter.hpp"
#include "collector/capture/secret_mask.hpp"
#include "collector/feed/books.hpp"
#include "collector/feed/early_events.hpp"
#include "collector/feed/halted.hpp"
#include "collector/feed/instrument_changes.hpp"
#include "collector/feed/link.hpp"
#include "collector/feed/listings.hpp"
#include "collector/feed/rest_client.hpp"
#include "collector/feed/series.hpp"
#include "collector/feed/wanted.hpp"
#include "collector/fleet/release.hpp"
#include "collector/fleet/shard.hpp"
#include "collector/metrics.hpp"
#include "collector/publish/claim_writer.hpp"
#include "collector/publish/lanes.hpp"
#include "collector/rest/budgets.hpp"
#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"
#include "runtime/task_group.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {

// Where events go and what is counted; shared by all feeds, outlives them.
struct FeedOutput {
    Lanes& lanes;
    ClaimWriter& claims;
    SeriesTable& series;
    CollectorMetrics& metrics;
    bus::DeadLetters& dead_letters;
    Budgets& budgets;
    uint32_t shards = 8;
    std::string instance;
};

class Feed final : private LinkOwner {
  public:
    Feed(
        Executor executor,
        VenueConfig venue_config,
        std::unique_ptr<Venue> venue,
        FeedConfig config,
        FeedOutput output,
        InstrumentChanges changes,
        Shard shard
    );
    ~Feed();

    // Collects until cancelled. Waits for what it needs (the venue's REST API) as long as it takes.
    Task<Status> Run();

    // Follows changed rules; everything else of the entry wants a restart.
    void SetSymbols(std::vector<std::string> symbols, std::vector<std::string> exclude);
    // Beside the configured ones, until removed, also by a later process; `types` empty: the
    // configured ones. NotFound for what the venue does not list, Unavailable while that is not
    // known, else why it cannot be remembered.
    Result<model::Instrument> Add(const std::string& symbol, std::vector<model::DataType> types);
    Result<model::Instrument> Remove(const std::string& symbol);
    // What was added and removed here so far, and what another collector was told.
    const InstrumentChanges& changes() const { return changes_; }
    void Take(const std::string& symbol, const InstrumentChange& change);

    // The part of the fleet. Who shares this market now; what is not ours any more is collected
    // until LetGo finds that its new owners do.
    uint64_t scope() const;
    void SetPeers(std::vector<Peer> peers);
    // From now on everything is the others', where there are any.
    void HandOver();
    // What the others must know of us.
    Share GetShare();
    // Ends what others have taken over; how many instruments they have not yet.
    size_t LetGo();

    // Appends what may be claimed by now.
    void CollectCoverage(Nanos now, Nanos steady);

    // What the venue tells when it is asked: of anything that it lists, and what of it is
    // collected here with this type.
    const Venue& venue() const { return *venue_; }
    RestClient& rest() { return rest_; }
    const Listing* FindListing(const std::string& symbol) const { return listings_.Find(symbol); }
    std::vector<Listing> Collecting(model::DataType type) const;

    const VenueConfig& config() const { return venue_config_; }
    bool listed() const { return listings_.known(); }  // the venue's instruments are known
    const Status& listing_trouble() const { return listings_.trouble(); }
    const Status& listing_doubt() const { return listings_.doubt(); }
    bool connected() const;  // listed, and all connections are up
    const std::vector<std::string>& unmatched() const { return unmatched_; }
    std::vector<const CollectedSeries*> Series() const;
    // What is the matter with one series now.
    enum class State : uint8_t { kSubscribing, kLive, kSyncing, kSilent, kDisconnected };
    State StateOf(const CollectedSeries& series) const;
    const BookKeeper* FindBook(const std::string& symbol) const;
    const model::Instrument* FindInstrument(const std::string& symbol) const;
    uint64_t Resyncs(const CollectedSeries& series) const;

  private:
    struct Collected {
        Listing listing;
        std::array<CollectedSeries*, model::kDataTypes + 1> series{};  // null: not collected
        bool active = false;
        bool leaving = false;  // active, though others' by now
        bool flows = false;    // all its series have been vouched for since `since`
        Nanos since = 0;       // steady: when it became active
        Release release;

        CollectedSeries*& Of(model::DataType type) { return series[static_cast<size_t>(type)]; }
    };

    Task<Status> FollowListings();
    std::vector<Listing> ActiveListings() const;
    void SetUniverse(const std::map<std::string, Choice>& wanted);
    void ApplySelection();
    void SetUnmatched(std::vector<std::string> unmatched);
    void CloseDelisted(InstrumentId id);
    void CountInstruments();
    size_t CountActive() const;
    bool Flows(const Collected& collected) const;
    Nanos ClaimedTo(const Collected& collected) const;
    void DropClosedLinks();
    void CollectSeries(CollectedSeries& series, const Watermark& mark, Nanos now, Nanos steady);
    // `first`: nothing of the series was collected before.
    SeriesTracker TrackerOf(model::DataType type) const;
    void Activate(const Listing& listing, const std::set<model::DataType>& types);
    void Deactivate(InstrumentId id);
    CollectedSeries& SeriesOf(InstrumentId id, model::DataType type);
    void Subscribe(CollectedSeries& series);
    void Unsubscribe(CollectedSeries& series);
    Link& LinkFor(const std::string& endpoint, std::span<const std::string> channels);
    void Watch(CollectedSeries& series);
    void Unwatch(CollectedSeries& series);
    void StartIfFlowing(CollectedSeries& series);
    // Asks for the channels of `series` anew; what else they carry is interrupted too.
    void Resubscribe(CollectedSeries& series, std::string_view reason);
    void Reseed(InstrumentId id);
    void PublishListing(InstrumentId id);
    void Publish(InstrumentId id, const model::Event& event);
    bool SeedsByStream() const;
    // `steady`: when the event was received.
    void Account(
        CollectedSeries& series, const model::Event& event, const ChainLink* chain, Nanos steady
    );
    void TrackSeeded(
        InstrumentId id, const model::Event& event, const ChainLink* chain, Nanos steady
    );
    bool ComesNext(
        const CollectedSeries& series,
        const model::Event& event,
        const ChainLink* chain,
        Nanos steady
    );
    // Accounts for what came early and has its turn now, and for all that ends before number
    // `before`: what is missing ahead of it will not come.
    void FollowUp(CollectedSeries& series, uint64_t before = 0);
    // Of the connection that counts: accounts for what came early and stands before its event.
    void Precede(CollectedSeries& series, const ChainLink& chain);
    static constexpr uint64_t kAll = UINT64_MAX;
    void NoteReceived(
        const CollectedSeries& series, const model::Event& event, const Session& session
    );
    // Whose the bad message was; null where that cannot be told, or it is not collected.
    CollectedSeries* BadSeries(const ParseResult& result);
    void DoubtAll(Link& link);
    void Doubt(CollectedSeries& series, std::string_view reason);
    template <typename Action>
    void ForEachOn(const Link& link, Action action);

    void OnEvent(
        Link& link,
        Session& session,
        InstrumentId instrument,
        const model::Event& event,
        const ChainLink* chain
    ) override;
    void OnSkipped(
        Link& link,
        Session& session,
        InstrumentId instrument,
        model::DataType type,
        Nanos order_ts,
        const ChainLink& chain
    ) override;
    void OnBadMessage(Link& link, const ParseResult& result, std::string_view frame) override;
    void OnLost(Link& link, const ParseResult& result) override;
    void OnIgnored(Link& link) override;
    void OnFlowing(Link& link, const std::string& channel) override;
    void OnRefused(Link& link, const std::string& channel, std::string_view why) override;
    void OnReplaced(Link& link) override;
    void OnReplacementGone(Link& link, std::string_view reason) override;
    void OnBroken(Link& link, std::string_view reason, const Watermark& mark) override;
    void OnStateChanged(Link& link) override;
    void OnBurstEnd(Link& link) override;
    void OnSilent(Link& link, reliability::Watchdog::Channel channel) override;

    Executor executor_;
    VenueConfig venue_config_;
    const std::unique_ptr<Venue> venue_;
    const FeedConfig config_;
    FeedOutput output_;
    const telemetry::Logger log_;
    SecretMask secrets_;
    telemetry::LogThrottle bad_messages_;
    RestClient rest_;
    runtime::TaskGroup tasks_;  // links and snapshot fetches
    Books books_;

    Listings listings_;
    Halted halted_;
    std::vector<std::string> unmatched_;
    std::set<std::string> universe_;  // what is collected, here or by others
    InstrumentChanges changes_;
    Shard shard_;
    Nanos settled_to_ = 0;

    SymbolTable symbols_;
    std::deque<Collected> instruments_;  // by InstrumentId; they stay where they are
    std::unordered_map<std::string, InstrumentId> by_symbol_;  // canonical and venue's own
    // One channel may carry several types; all of them are on one link then.
    std::unordered_map<std::string, std::vector<CollectedSeries*>> by_channel_;
    std::vector<std::unique_ptr<Link>> links_;
    uint64_t links_made_ = 0;
    Findings findings_;
    EarlyEvents early_;

    uint64_t burst_events_ = 0;
    const CollectedSeries* burst_last_ = nullptr;
    Nanos burst_steady_ = 0;
    Nanos smallest_offset_ = INT64_MAX;  // since the last coverage tick
};

template <typename Action>
void Feed::ForEachOn(const Link& link, Action action) {
    for (Collected& collected : instruments_) {
        for (CollectedSeries* series : collected.series) {
            if (series != nullptr && series->link == &link) action(*series);
        }
    }
}

}  // namespace mp::collector
