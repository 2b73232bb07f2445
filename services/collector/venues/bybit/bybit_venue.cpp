#include "collector/venues/bybit/bybit_venue.hpp"

#include "collector/venues/bybit/book_rule.hpp"
#include "collector/venues/bybit/history.hpp"
#include "collector/venues/bybit/parse.hpp"
#include "collector/venues/bybit/rest.hpp"
#include "collector/venues/bybit/streams.hpp"

namespace mp::collector::bybit {
namespace {

constexpr std::string_view kLiveRest = "https://api.bybit.com";
constexpr std::string_view kLiveStream = "wss://stream.bybit.com";

VenueHabits HabitsIn(model::Market market) {
    VenueHabits habits;
    // Contracts are only limited by the length of all topics of a connection.
    habits.max_channels_per_request = market == model::Market::kSpot ? 10 : 100;
    habits.request_interval = std::chrono::milliseconds(100);
    habits.ping_interval = std::chrono::seconds(20);
    habits.rest_limit = 600;
    habits.rest_window = std::chrono::seconds(5);
    return habits;
}

class BybitVenue final : public Venue {
  public:
    explicit BybitVenue(const VenueConfig& config)
        : config_(config),
          habits_(HabitsIn(config.market)),
          rule_(BookDepth(config.snapshot_depth)) {}

    const VenueHabits& habits() const override { return habits_; }

    SeriesHabits HabitsOf(model::DataType type) const override {
        SeriesHabits habits;
        habits.chained = type == model::DataType::kBookDelta;
        // Sent when they change.
        habits.sporadic = type == model::DataType::kLiquidation ||
                          type == model::DataType::kFundingRate ||
                          type == model::DataType::kOpenInterest;
        return habits;
    }

    std::vector<Stream> StreamsOf(const model::Instrument& instrument, model::DataType type)
        const override {
        return StreamsFor(instrument, type, config_);
    }

    std::vector<std::string> UrlsOf(std::string_view endpoint) const override {
        const std::string base(config_.ws_url.empty() ? kLiveStream : config_.ws_url);
        return {base + "/v5/public/" + std::string(endpoint)};
    }

    std::string SubscribeFrame(std::span<const std::string> channels, uint64_t id) const override {
        return RequestFrame("subscribe", channels, id);
    }
    std::string UnsubscribeFrame(std::span<const std::string> channels, uint64_t id)
        const override {
        return RequestFrame("unsubscribe", channels, id);
    }
    std::string PingFrame() const override { return R"({"op":"ping"})"; }

    std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) const override {
        return bybit::MakeParser(symbols);
    }

    const BookRule& book_rule() const override { return rule_; }

    std::string RestUrl() const override {
        return std::string(config_.rest_url.empty() ? kLiveRest : config_.rest_url);
    }
    std::vector<RestCall> ListingCalls() const override {
        return {InstrumentsCall(config_.market)};
    }
    Result<ListingPage> ParseListings(std::string_view body) const override {
        return ParseInstruments(body, config_.exchange, config_.market);
    }
    // Books of fewer levels count for themselves: they are only to be had from the stream.
    RestCall BookCall(const model::Instrument& instrument) const override {
        if (rule_.window() != kRestDepth) return {};
        return OrderBookCall(config_.market, instrument.venue_symbol);
    }
    Result<SnapshotData> ParseBook(std::string_view body) const override {
        return ParseOrderBook(body);
    }
    const History* history() const override { return history_.get(); }
    std::string RefusalText(std::string_view body) const override { return ParseRefusal(body); }
    // A 403 is a ban: whoever goes on asking within ten minutes makes it longer.
    std::optional<Duration> QuietAfter(int http_status, std::string_view body) const override {
        if (http_status == 403) return std::chrono::minutes(10);
        if (http_status == 429 || IsTooMuch(body)) return habits_.rest_window;
        return Venue::QuietAfter(http_status, body);
    }

  private:
    const VenueConfig config_;
    const VenueHabits habits_;
    const BybitBookRule rule_;
    const std::unique_ptr<History> history_ = MakeHistory(config_);
};

}  // namespace

std::unique_ptr<Venue> MakeVenue(const VenueConfig& config) {
    return std::make_unique<BybitVenue>(config);
}

}  // namespace mp::collector::bybit
