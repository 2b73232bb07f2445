#include "collector/venues/bybit/streams.hpp"

#include <algorithm>

namespace mp::collector::bybit {
namespace {

constexpr Bar kBars[] = {
    {"1m", "1"},
    {"3m", "3"},
    {"5m", "5"},
    {"15m", "15"},
    {"30m", "30"},
    {"1h", "60"},
    {"2h", "120"},
    {"4h", "240"},
    {"6h", "360"},
    {"12h", "720"},
    {"1d", "D"},
    {"1w", "W"},
    {"1M", "M"},
};

const Bar* FindBar(std::string_view name) noexcept {
    for (const Bar& bar : kBars) {
        if (bar.name == name) return &bar;
    }
    return nullptr;
}

bool IsBookDepth(std::string_view depth) noexcept {
    return depth == "50" || depth == "200" || depth == "500" || depth == "1000";
}

// "orderbook.200.BTCUSDT" without "orderbook.": how deep, and whose.
void ParseDetails(std::string_view kind, std::string_view rest, Topic& topic) noexcept {
    const size_t point = std::min(rest.find('.'), rest.size());
    const std::string_view detail = rest.substr(0, point);
    topic.symbol = rest.substr(std::min(point + 1, rest.size()));
    if (kind == "kline") {
        topic.bar = FindBar(detail);
        if (topic.bar != nullptr) topic.channel = Channel::kKline;
    } else if (detail == "1") {
        topic.channel = Channel::kBestQuote;
    } else if (IsBookDepth(detail)) {
        topic.channel = Channel::kBook;
    }
}

std::vector<Stream> Klines(const model::Instrument& instrument, const VenueConfig& config) {
    std::vector<Stream> streams;
    for (const Bar& bar : kBars) {
        const auto& wanted = config.kline_intervals;
        if (std::find(wanted.begin(), wanted.end(), bar.interval) == wanted.end()) continue;
        std::string topic("kline.");
        topic.append(bar.name).append(".").append(instrument.venue_symbol);
        streams.push_back(
            {std::string(model::ToString(instrument.market)),
             std::move(topic),
             model::DataType::kKline}
        );
    }
    return streams;
}

}  // namespace

Topic ParseTopic(std::string_view text) noexcept {
    Topic topic;
    const size_t point = text.find('.');
    if (point == std::string_view::npos) return topic;
    const std::string_view kind = text.substr(0, point);
    const std::string_view rest = text.substr(point + 1);
    if (kind == "orderbook" || kind == "kline") {
        ParseDetails(kind, rest, topic);
        return topic;
    }
    topic.symbol = rest;
    if (kind == "publicTrade") topic.channel = Channel::kTrades;
    if (kind == "tickers") topic.channel = Channel::kTicker;
    if (kind == "allLiquidation") topic.channel = Channel::kLiquidations;
    return topic;
}

model::DataType TypeOf(Channel channel) noexcept {
    switch (channel) {
        case Channel::kTrades:
            return model::DataType::kTrade;
        case Channel::kBook:
            return model::DataType::kBookDelta;
        case Channel::kBestQuote:
            return model::DataType::kBbo;
        case Channel::kTicker:
            return model::DataType::kTicker;
        case Channel::kKline:
            return model::DataType::kKline;
        case Channel::kLiquidations:
            return model::DataType::kLiquidation;
        case Channel::kUnknown:
            break;
    }
    return model::DataType::kUnspecified;
}

uint32_t BookDepth(uint32_t wanted) noexcept {
    if (wanted <= 50) return 50;
    return wanted <= 200 ? 200 : 1000;
}

std::vector<Stream> StreamsFor(
    const model::Instrument& instrument, model::DataType type, const VenueConfig& config
) {
    const bool contract = instrument.market != model::Market::kSpot;
    const auto one = [&](std::string kind) {
        kind.append(".").append(instrument.venue_symbol);
        return std::vector<Stream>{
            {std::string(model::ToString(instrument.market)), std::move(kind), type}};
    };
    switch (type) {
        case model::DataType::kTrade:
            return one("publicTrade");
        case model::DataType::kBookDelta:
            return one("orderbook." + std::to_string(BookDepth(config.snapshot_depth)));
        case model::DataType::kBbo:
            return one("orderbook.1");
        case model::DataType::kTicker:
            return one("tickers");
        case model::DataType::kKline:
            return Klines(instrument, config);
        case model::DataType::kMarkPrice:
        case model::DataType::kOpenInterest:
        case model::DataType::kFundingRate:
            if (contract) return one("tickers");
            break;
        case model::DataType::kLiquidation:
            if (contract) return one("allLiquidation");
            break;
        default:
            break;
    }
    return {};
}

std::string RequestFrame(std::string_view op, std::span<const std::string> topics, uint64_t id) {
    std::string frame = R"({"req_id":")" + std::to_string(id);
    frame.append(R"(","op":")").append(op).append(R"(","args":[)");
    for (const std::string& topic : topics) {
        frame.append(&topic == topics.data() ? "\"" : ",\"").append(topic).append("\"");
    }
    return frame.append("]}");
}

}  // namespace mp::collector::bybit
