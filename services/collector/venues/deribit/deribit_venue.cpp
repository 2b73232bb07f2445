#include "collector/venues/deribit/deribit_venue.hpp"

#include "collector/venues/deribit/book_rule.hpp"
#include "collector/venues/deribit/history.hpp"
#include "collector/venues/deribit/parse.hpp"
#include "collector/venues/deribit/rest.hpp"
#include "collector/venues/deribit/streams.hpp"

namespace mp::collector::deribit {
namespace {

constexpr std::string_view kLiveRest = "https://www.deribit.com";
constexpr std::string_view kLiveStream = "wss://www.deribit.com";

VenueHabits Habits() {
    VenueHabits habits;
    habits.max_channels_per_request = 500;
    // About three subscriptions a second are allowed.
    habits.request_interval = std::chrono::milliseconds(350);
    habits.ping_interval = std::chrono::seconds(20);
    // Twenty a second, of which a hundred may come at once.
    habits.rest_limit = 100;
    habits.rest_window = std::chrono::seconds(5);
    return habits;
}

// Options are quoted all the time and hardly ever traded.
bool IsQuietOfOptions(model::DataType type) {
    return type == model::DataType::kTrade || type == model::DataType::kBookDelta ||
           type == model::DataType::kBbo || type == model::DataType::kKline;
}

class DeribitVenue final : public Venue {
  public:
    explicit DeribitVenue(const VenueConfig& config) : config_(config), habits_(Habits()) {}

    const VenueHabits& habits() const override { return habits_; }

    SeriesHabits HabitsOf(model::DataType type) const override {
        SeriesHabits habits;
        habits.chained = type == model::DataType::kTrade || type == model::DataType::kBookDelta;
        // Bars come without the time of the push.
        habits.by_receipt = type == model::DataType::kKline;
        const bool option = config_.market == model::Market::kOption;
        // Dated contracts send tickers, but no funding with them.
        habits.sporadic = type == model::DataType::kLiquidation ||
                          type == model::DataType::kFundingRate ||
                          (option && IsQuietOfOptions(type));
        return habits;
    }

    std::vector<Stream> StreamsOf(const model::Instrument& instrument, model::DataType type)
        const override {
        return StreamsFor(instrument, type, config_);
    }

    std::vector<std::string> UrlsOf(std::string_view endpoint) const override {
        const std::string base = config_.ws_url.empty() ? std::string(kLiveStream) : config_.ws_url;
        return {base + "/" + std::string(endpoint) + "/api/v2"};
    }

    std::string SubscribeFrame(std::span<const std::string> channels, uint64_t id) const override {
        return RequestFrame("public/subscribe", channels, id);
    }
    std::string UnsubscribeFrame(std::span<const std::string> channels, uint64_t id)
        const override {
        return RequestFrame("public/unsubscribe", channels, id);
    }
    std::string LoginFrame() const override {
        if (config_.api_key.empty()) return {};
        return deribit::LoginFrame(config_.api_key, config_.api_secret);
    }
    std::vector<std::string> SecretMembers() const override {
        return {"access_token", "refresh_token"};
    }
    // The venue pings once it has been told to.
    std::string PingFrame() const override { return std::string(HeartbeatFrame()); }

    std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) const override {
        return deribit::MakeParser(symbols);
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
        return OrderBookCall(instrument.venue_symbol);
    }
    Result<SnapshotData> ParseBook(std::string_view body) const override {
        return ParseOrderBook(body);
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
    const DeribitBookRule rule_;
    const std::unique_ptr<History> history_ = MakeHistory(config_);
};

}  // namespace

std::unique_ptr<Venue> MakeVenue(const VenueConfig& config) {
    return std::make_unique<DeribitVenue>(config);
}

}  // namespace mp::collector::deribit
