#include "collector/venues/binance/contract_venue.hpp"

#include "collector/venues/binance/book_rule.hpp"
#include "collector/venues/binance/history.hpp"
#include "collector/venues/binance/listings.hpp"
#include "collector/venues/binance/parse.hpp"
#include "collector/venues/binance/rest_book.hpp"
#include "collector/venues/binance/streams.hpp"

namespace mp::collector::binance {
namespace {

// What differs between the two.
struct Side {
    std::string_view rest;
    std::string_view stream;
    std::string_view api;
    // Streams are also to be had at the bare address, without "/public" or "/market".
    bool unsplit = false;
};

constexpr Side kUsdMargined{
    "https://fapi.binance.com", "wss://fstream.binance.com", "/fapi/v1", false};
constexpr Side kCoinMargined{
    "https://dapi.binance.com", "wss://dstream.binance.com", "/dapi/v1", true};

VenueHabits ContractHabits() {
    VenueHabits habits;
    habits.max_channels_per_request = 100;
    // Ten messages a second are allowed, pings among them.
    habits.request_interval = std::chrono::milliseconds(150);
    habits.connection_life = std::chrono::hours(24);
    // The venue pings every three minutes: too rarely to tell that a quiet connection lives.
    habits.ping_interval = std::chrono::seconds(10);
    habits.used_weight_header = "X-MBX-USED-WEIGHT-1M";
    // Of both kinds of contracts together since June 2026.
    habits.rest_pool = "binance-contracts";
    habits.rest_limit = 2400;
    return habits;
}

class ContractVenue final : public Venue {
  public:
    explicit ContractVenue(const VenueConfig& config)
        : config_(config),
          side_(config.market == model::Market::kLinear ? kUsdMargined : kCoinMargined),
          habits_(ContractHabits()),
          history_(MakeHistory(side_.api, config_)) {}

    const VenueHabits& habits() const override { return habits_; }

    SeriesHabits HabitsOf(model::DataType type) const override {
        SeriesHabits habits;
        habits.chained = type == model::DataType::kTrade || type == model::DataType::kBookDelta;
        habits.sporadic = type == model::DataType::kLiquidation;
        return habits;
    }

    std::vector<Stream> StreamsOf(const model::Instrument& instrument, model::DataType type)
        const override {
        std::vector<Stream> streams;
        for (std::string& channel : ChannelsOf(instrument.venue_symbol, type, config_)) {
            const bool is_public = IsPublic(channel);
            streams.push_back({is_public ? "public" : "market", std::move(channel), type});
        }
        return streams;
    }

    std::vector<std::string> UrlsOf(std::string_view endpoint) const override {
        const std::string base(config_.ws_url.empty() ? side_.stream : config_.ws_url);
        const std::string split = base + "/" + std::string(endpoint) + "/stream";
        if (side_.unsplit) return {base + "/stream", split};
        return {split};
    }

    std::string SubscribeFrame(std::span<const std::string> channels, uint64_t id) const override {
        return RequestFrame("SUBSCRIBE", channels, id);
    }
    std::string UnsubscribeFrame(std::span<const std::string> channels, uint64_t id)
        const override {
        return RequestFrame("UNSUBSCRIBE", channels, id);
    }

    std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) const override {
        return MakeContractParser(symbols, config_.market);
    }

    const BookRule& book_rule() const override { return rule_; }

    std::string RestUrl() const override {
        return std::string(config_.rest_url.empty() ? side_.rest : config_.rest_url);
    }
    std::vector<RestCall> ListingCalls() const override {
        return {ExchangeInfoCall(config_.market)};
    }
    Result<ListingPage> ParseListings(std::string_view body) const override {
        return ParseExchangeInfo(body, config_.exchange, config_.market);
    }
    RestCall BookCall(const model::Instrument& instrument) const override {
        return ContractDepthCall(side_.api, instrument.venue_symbol, config_.snapshot_depth);
    }
    Result<SnapshotData> ParseBook(std::string_view body) const override {
        return ParseDepth(body, ContractDepth(config_.snapshot_depth));
    }
    const History* history() const override { return history_.get(); }
    std::string RefusalText(std::string_view body) const override { return ParseRefusal(body); }

  private:
    const VenueConfig config_;
    const Side& side_;
    const VenueHabits habits_;
    const ContractBookRule rule_;
    const std::unique_ptr<History> history_;
};

}  // namespace

std::unique_ptr<Venue> MakeContractVenue(const VenueConfig& config) {
    return std::make_unique<ContractVenue>(config);
}

}  // namespace mp::collector::binance
