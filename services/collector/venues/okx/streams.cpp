#include "collector/venues/okx/streams.hpp"

#include <algorithm>

namespace mp::collector::okx {
namespace {

constexpr Nanos kMinute = 60 * kSecond;
constexpr Nanos kHour = 60 * kMinute;
constexpr Nanos kDay = 24 * kHour;

constexpr Bar kBars[] = {
    {"1s", "candle1s", kSecond},
    {"1m", "candle1m", kMinute},
    {"3m", "candle3m", 3 * kMinute},
    {"5m", "candle5m", 5 * kMinute},
    {"15m", "candle15m", 15 * kMinute},
    {"30m", "candle30m", 30 * kMinute},
    {"1h", "candle1H", kHour},
    {"2h", "candle2H", 2 * kHour},
    {"4h", "candle4H", 4 * kHour},
    {"6h", "candle6Hutc", 6 * kHour},
    {"12h", "candle12Hutc", 12 * kHour},
    {"1d", "candle1Dutc", kDay},
    {"3d", "candle3Dutc", 3 * kDay},
    {"1w", "candle1Wutc", 7 * kDay},
    {"1M", "candle1Mutc", 0},
};

constexpr std::string_view kPublic = "public";
constexpr std::string_view kBusiness = "business";
constexpr std::string_view kLiquidations = "liquidation-orders";

// The venue's word for what the instrument is.
std::string_view InstTypeOf(const model::Instrument& instrument) {
    if (instrument.market == model::Market::kSpot) return "SPOT";
    if (instrument.market == model::Market::kOption) return "OPTION";
    return instrument.venue_symbol.ends_with("-SWAP") ? "SWAP" : "FUTURES";
}

std::string_view BookChannel(const VenueConfig& config) {
    return config.book_stream.starts_with("books") ? std::string_view(config.book_stream) : "books";
}

std::string Named(std::string_view channel, std::string_view what) {
    return std::string(channel).append(":").append(what);
}

std::vector<Stream> Candles(const model::Instrument& instrument, const VenueConfig& config) {
    std::vector<Stream> streams;
    for (const std::string& interval : config.kline_intervals) {
        const auto* bar = std::find_if(std::begin(kBars), std::end(kBars), [&](const Bar& each) {
            return each.interval == interval;
        });
        if (bar == std::end(kBars)) continue;
        streams.push_back(
            {std::string(kBusiness),
             Named(bar->channel, instrument.venue_symbol),
             model::DataType::kKline}
        );
    }
    return streams;
}

void AppendArg(std::string_view channel, std::string& out) {
    const size_t colon = channel.find(':');
    const std::string_view name = channel.substr(0, colon);
    const std::string_view what = colon == std::string_view::npos ? "" : channel.substr(colon + 1);
    const std::string_view key = name == kLiquidations ? "instType" : "instId";
    out.append(R"({"channel":")").append(name).append(R"(",")").append(key);
    out.append(R"(":")").append(what).append(R"("})");
}

}  // namespace

Channel ChannelOf(std::string_view name) noexcept {
    if (name == "books" || name == "books-l2-tbt" || name == "books50-l2-tbt")
        return Channel::kBook;
    if (name == "bbo-tbt") return Channel::kBestQuote;
    if (name == "trades") return Channel::kTrades;
    if (name == "trades-all") return Channel::kTradesAll;
    if (name == "tickers") return Channel::kTicker;
    if (name == "mark-price") return Channel::kMarkPrice;
    if (name == "index-tickers") return Channel::kIndexPrice;
    if (name == "open-interest") return Channel::kOpenInterest;
    if (name == "funding-rate") return Channel::kFunding;
    if (name == kLiquidations) return Channel::kLiquidation;
    return FindBar(name) != nullptr ? Channel::kCandle : Channel::kUnknown;
}

model::DataType TypeOf(Channel channel) noexcept {
    switch (channel) {
        case Channel::kTrades:
        case Channel::kTradesAll:
            return model::DataType::kTrade;
        case Channel::kBook:
            return model::DataType::kBookDelta;
        case Channel::kBestQuote:
            return model::DataType::kBbo;
        case Channel::kTicker:
            return model::DataType::kTicker;
        case Channel::kCandle:
            return model::DataType::kKline;
        case Channel::kFunding:
            return model::DataType::kFundingRate;
        case Channel::kOpenInterest:
            return model::DataType::kOpenInterest;
        case Channel::kMarkPrice:
        case Channel::kIndexPrice:
            return model::DataType::kMarkPrice;
        case Channel::kLiquidation:
            return model::DataType::kLiquidation;
        case Channel::kUnknown:
            break;
    }
    return model::DataType::kUnspecified;
}

uint32_t DepthOf(std::string_view book_channel) noexcept {
    return book_channel == "books50-l2-tbt" ? 50 : 400;
}

const Bar* FindBar(std::string_view channel) noexcept {
    if (!channel.starts_with("candle")) return nullptr;
    for (const Bar& bar : kBars) {
        if (bar.channel == channel) return &bar;
    }
    return nullptr;
}

Nanos CloseOf(const Bar& bar, Nanos open) noexcept {
    // At the end of time there is no month to come.
    if (open > INT64_MAX - 32 * kDay) return INT64_MAX;
    if (bar.length > 0) return open + bar.length - kMillisecond;
    using std::chrono::days;
    const auto day = std::chrono::sys_days(days(open / kDay));
    const auto date = std::chrono::year_month_day(day);
    const std::chrono::sys_days next = (date.year() / date.month() + std::chrono::months(1)) / 1;
    return next.time_since_epoch().count() * kDay - kMillisecond;
}

std::vector<Stream> StreamsFor(
    const model::Instrument& instrument, model::DataType type, const VenueConfig& config
) {
    const bool derivative = instrument.market != model::Market::kSpot;
    const bool option = instrument.market == model::Market::kOption;
    const auto one = [&](std::string_view endpoint, std::string_view channel) {
        return std::vector<Stream>{
            {std::string(endpoint), Named(channel, instrument.venue_symbol), type}};
    };
    switch (type) {
        case model::DataType::kTrade:
            return config.trade_channel == "aggTrade" ? one(kPublic, "trades")
                                                      : one(kBusiness, "trades-all");
        case model::DataType::kBookDelta:
            return one(kPublic, BookChannel(config));
        case model::DataType::kBbo:
            return one(kPublic, "bbo-tbt");
        case model::DataType::kTicker:
            return one(kPublic, "tickers");
        case model::DataType::kKline:
            return Candles(instrument, config);
        case model::DataType::kMarkPrice:
            return one(kPublic, derivative ? "mark-price" : "index-tickers");
        case model::DataType::kOpenInterest:
            if (derivative) return one(kPublic, "open-interest");
            break;
        case model::DataType::kFundingRate:
            if (derivative && !option) return one(kPublic, "funding-rate");
            break;
        case model::DataType::kLiquidation:
            if (!derivative) break;
            return {{std::string(kPublic), Named(kLiquidations, InstTypeOf(instrument)), type}};
        default:
            break;
    }
    return {};
}

std::string RequestFrame(std::string_view op, std::span<const std::string> channels, uint64_t id) {
    std::string frame = R"({"id":")" + std::to_string(id);
    frame.append(R"(","op":")").append(op).append(R"(","args":[)");
    for (const std::string& channel : channels) {
        if (&channel != channels.data()) frame += ',';
        AppendArg(channel, frame);
    }
    return frame.append("]}");
}

}  // namespace mp::collector::okx
