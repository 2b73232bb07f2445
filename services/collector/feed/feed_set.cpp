#include "collector/feed/feed_set.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "collector/venues/registry.hpp"
#include "runtime/all_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"collector"};

// What was added and removed in an earlier life, beside the spool: both are this collector's own.
InstrumentChanges ChangesOf(const std::filesystem::path& folder, const std::string& venue) {
    const std::filesystem::path path = folder / "instruments" / (venue + ".json");
    auto changes = InstrumentChanges::Load(path);
    if (changes.ok()) return *std::move(changes);
    kLog.Error("instruments added at run time are forgotten", {{"reason", changes.status()}});
    return InstrumentChanges(path);
}

Status NotListed(const Status& trouble) {
    constexpr char kWhat[] = "its instruments are not known yet";
    return trouble.ok() ? absl::UnavailableError(kWhat) : Annotate(trouble, kWhat);
}

Task<Status> FeedState(const Feed& feed) {
    if (!feed.listed()) co_return NotListed(feed.listing_trouble());
    if (!feed.connected()) co_return absl::UnavailableError("not every connection is up");
    if (!feed.listing_doubt().ok()) co_return feed.listing_doubt();
    if (feed.unmatched().empty()) co_return OkStatus();
    std::string symbols;
    for (const std::string& symbol : feed.unmatched()) symbols += " " + symbol;
    co_return absl::NotFoundError("configured but not listed:" + symbols);
}

}  // namespace

FeedSet::FeedSet(
    Executor executor, const CollectorConfig& config, RawCapture& capture, telemetry::Health& health
)
    : executor_(std::move(executor)), config_(config), capture_(capture), health_(health) {}

void FeedSet::Make(const FeedOutput& output) {
    for (const VenueConfig& venue : config_.venues) {
        if (venue.enabled) Make(venue, output);
    }
    if (feeds_.empty()) kLog.Warn("no venue is enabled");
}

void FeedSet::Make(const VenueConfig& config, const FeedOutput& output) {
    auto venue = MakeVenue(config);
    if (!venue.ok()) {
        kLog.Error("no such venue", {{"venue", config.name}, {"reason", venue.status()}});
        return;
    }
    const FeedConfig feed_config = ConfigOf(config, **venue);
    feeds_.push_back(std::make_unique<Feed>(
        executor_,
        config,
        *std::move(venue),
        feed_config,
        output,
        ChangesOf(config_.spool.path, config.name),
        Shard(config_.service.instance, config_.fleet.redundancy)
    ));
    const Feed& feed = *feeds_.back();
    health_.AddDependency(
        config.name, [&feed] { return FeedState(feed); }, telemetry::Severity::kDegrading
    );
}

FeedConfig FeedSet::ConfigOf(const VenueConfig& market, const Venue& venue) {
    FeedConfig config = config_.feed;
    if (!capture_.enabled()) return config;
    recorders_.emplace_back(
        capture_, market.exchange, model::ToString(market.market), SecretsOf(market, venue)
    );
    config.link.session.recorder = &recorders_.back();
    return config;
}

Task<Status> FeedSet::Run() {
    std::vector<Task<Status>> running;
    for (const auto& feed : feeds_) running.push_back(feed->Run());
    if (!running.empty()) co_return co_await runtime::AllOf(std::move(running));
    for (;;) co_await runtime::Sleep(24h);
}

void FeedSet::Follow(const CollectorConfig& fresh) {
    for (const auto& feed : feeds_) {
        for (const VenueConfig& venue : fresh.venues) {
            if (venue.name != feed->config().name) continue;
            feed->SetSymbols(venue.symbols, venue.exclude);
        }
    }
}

void FeedSet::CollectCoverage() {
    const Nanos now = DefaultClock().Now();
    const Nanos steady = DefaultClock().Steady();
    for (const auto& feed : feeds_) feed->CollectCoverage(now, steady);
}

}  // namespace mp::collector
