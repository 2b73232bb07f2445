#include "collector/venues/binance/spot_venue.hpp"

#include "collector/venues/binance/book_rule.hpp"
#include "collector/venues/binance/history.hpp"
#include "collector/venues/binance/listings.hpp"
#include "collector/venues/binance/parse.hpp"
#include "collector/venues/binance/rest_book.hpp"
#include "collector/venues/binance/streams.hpp"

namespace mp::collector::binance {
namespace {

constexpr std::string_view kLiveRest = "https://api.binance.com";
constexpr std::string_view kLiveStream = "wss://stream.binance.com:9443";

VenueHabits SpotHabits() {
    VenueHabits habits;
    habits.max_channels_per_request = 100;
    // Five messages a second are allowed, pongs among them.
    habits.request_interval = std::chrono::milliseconds(250);
    habits.connection_life = std::chrono::hours(24);
    habits.used_weight_header = "X-MBX-USED-WEIGHT-1M";
    habits.rest_pool = "binance-spot";
    return habits;
}

class SpotVenue final : public Venue {
  public:
    explicit SpotVenue(const VenueConfig& config)
        : config_(config), habits_(SpotHabits()), history_(MakeHistory("/api/v3", config_)) {}

    const VenueHabits& habits() const override { return habits_; }

    SeriesHabits HabitsOf(model::DataType type) const override {
        SeriesHabits habits;
        habits.chained = type == model::DataType::kTrade || type == model::DataType::kBookDelta;
        habits.by_receipt = type == model::DataType::kBbo;
        return habits;
    }

    std::vector<Stream> StreamsOf(const model::Instrument& instrument, model::DataType type)
        const override {
        std::vector<Stream> streams;
        for (std::string& channel : ChannelsOf(instrument.venue_symbol, type, config_)) {
            streams.push_back({"stream", std::move(channel), type});
        }
        return streams;
    }

    std::vector<std::string> UrlsOf(std::string_view endpoint) const override {
        const std::string base = config_.ws_url.empty() ? std::string(kLiveStream) : config_.ws_url;
        return {base + "/" + std::string(endpoint)};
    }

    std::string SubscribeFrame(std::span<const std::string> channels, uint64_t id) const override {
        return RequestFrame("SUBSCRIBE", channels, id);
    }
    std::string UnsubscribeFrame(std::span<const std::string> channels, uint64_t id)
        const override {
        return RequestFrame("UNSUBSCRIBE", channels, id);
    }

    std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) const override {
        return MakeSpotParser(symbols);
    }

    const BookRule& book_rule() const override { return rule_; }

    std::string RestUrl() const override {
        return config_.rest_url.empty() ? std::string(kLiveRest) : config_.rest_url;
    }
    std::vector<RestCall> ListingCalls() const override {
        return {ExchangeInfoCall(config_.market)};
    }
    Result<ListingPage> ParseListings(std::string_view body) const override {
        return ParseExchangeInfo(body, config_.exchange, config_.market);
    }
    RestCall BookCall(const model::Instrument& instrument) const override {
        return SpotDepthCall(instrument.venue_symbol, config_.snapshot_depth);
    }
    Result<SnapshotData> ParseBook(std::string_view body) const override {
        return ParseDepth(body, config_.snapshot_depth);
    }
    const History* history() const override { return history_.get(); }
    std::string RefusalText(std::string_view body) const override { return ParseRefusal(body); }

  private:
    const VenueConfig config_;
    const VenueHabits habits_;
    const SpotBookRule rule_;
    const std::unique_ptr<History> history_;
};

}  // namespace

std::unique_ptr<Venue> MakeSpotVenue(const VenueConfig& config) {
    return std::make_unique<SpotVenue>(config);
}

}  // namespace mp::collector::binance
