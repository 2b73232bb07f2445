#include "collector/venues/okx/okx_venue.hpp"

#include <algorithm>

#include "collector/venues/okx/book_rule.hpp"
#include "collector/venues/okx/history.hpp"
#include "collector/venues/okx/parse.hpp"
#include "collector/venues/okx/rest.hpp"
#include "collector/venues/okx/streams.hpp"

namespace mp::collector::okx {
namespace {

constexpr std::string_view kLiveRest = "https://www.okx.com";
constexpr std::string_view kLiveStream = "wss://ws.okx.com:8443";

VenueHabits Habits() {
    VenueHabits habits;
    habits.max_channels_per_request = 100;
    // 480 requests an hour are allowed on one connection; three a second for bursts.
    habits.request_interval = std::chrono::milliseconds(350);
    habits.ping_interval = std::chrono::seconds(20);
    // Of the endpoints used here, the one that allows least.
    habits.rest_limit = 20;
    habits.rest_window = std::chrono::seconds(2);
    return habits;
}

class OkxVenue final : public Venue {
  public:
    explicit OkxVenue(const VenueConfig& config)
        : config_(config),
          habits_(Habits()),
          rule_(DepthOf(config.book_stream)),
          history_(MakeHistory(config_)) {}

    const VenueHabits& habits() const override { return habits_; }

    SeriesHabits HabitsOf(model::DataType type) const override {
        SeriesHabits habits;
        habits.chained = type == model::DataType::kTrade || type == model::DataType::kBookDelta;
        // Bars come without the time of the push.
        habits.by_receipt = type == model::DataType::kKline;
        // Most options are not traded for days; an index that rests is told of once a minute.
        const bool mark = type == model::DataType::kMarkPrice;
        habits.sporadic = type == model::DataType::kLiquidation ||
                          (config_.market == model::Market::kOption && !mark) ||
                          (config_.market == model::Market::kSpot && mark);
        return habits;
    }

    std::vector<Stream> StreamsOf(const model::Instrument& instrument, model::DataType type)
        const override {
        return StreamsFor(instrument, type, config_);
    }

    std::vector<std::string> UrlsOf(std::string_view endpoint) const override {
        const std::string base = config_.ws_url.empty() ? std::string(kLiveStream) : config_.ws_url;
        return {base + "/ws/v5/" + std::string(endpoint)};
    }

    std::string SubscribeFrame(std::span<const std::string> channels, uint64_t id) const override {
        return RequestFrame("subscribe", channels, id);
    }
    std::string UnsubscribeFrame(std::span<const std::string> channels, uint64_t id)
        const override {
        return RequestFrame("unsubscribe", channels, id);
    }
    std::string PingFrame() const override { return "ping"; }

    std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) const override {
        return okx::MakeParser(symbols);
    }

    const BookRule& book_rule() const override { return rule_; }

    std::string RestUrl() const override {
        return config_.rest_url.empty() ? std::string(kLiveRest) : config_.rest_url;
    }
    std::vector<RestCall> ListingCalls() const override { return ListingCallsFor(config_.market); }
    Result<ListingPage> ParseListings(std::string_view body) const override {
        return ParseInstruments(body, config_.exchange, config_.market);
    }
    RestCall BookCall(const model::Instrument& instrument) const override {
        return BooksCall(instrument.venue_symbol, rule_.window());
    }
    Result<SnapshotData> ParseBook(std::string_view body) const override {
        return ParseBooks(body, rule_.window());
    }
    const History* history() const override { return history_.get(); }
    std::string RefusalText(std::string_view body) const override { return ParseRefusal(body); }
    // The next window is another matter.
    std::optional<Duration> QuietAfter(int http_status, std::string_view body) const override {
        if (http_status == 429 || IsTooMuch(body)) return habits_.rest_window;
        return Venue::QuietAfter(http_status, body);
    }

  private:
    const VenueConfig config_;
    const VenueHabits habits_;
    const OkxBookRule rule_;
    const std::unique_ptr<History> history_;
};

}  // namespace

std::unique_ptr<Venue> MakeVenue(const VenueConfig& config) {
    return std::make_unique<OkxVenue>(config);
}

}  // namespace mp::collector::okx
