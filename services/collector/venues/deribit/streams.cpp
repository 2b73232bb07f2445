#include "collector/venues/deribit/streams.hpp"

#include <algorithm>
#include <array>

namespace mp::collector::deribit {
namespace {

constexpr Nanos kMinute = 60 * kSecond;
constexpr Nanos kHour = 60 * kMinute;

constexpr Bar kBars[] = {
    {"1m", "1", kMinute},
    {"3m", "3", 3 * kMinute},
    {"5m", "5", 5 * kMinute},
    {"15m", "15", 15 * kMinute},
    {"30m", "30", 30 * kMinute},
    {"1h", "60", kHour},
    {"2h", "120", 2 * kHour},
    {"6h", "360", 6 * kHour},
    {"12h", "720", 12 * kHour},
    {"1d", "1D", 24 * kHour},
};

std::string_view PaceOf(const VenueConfig& config) {
    return config.api_key.empty() ? ".100ms" : ".raw";
}

void AppendQuoted(std::string_view text, std::string& out) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

// The part before the next point, which goes too.
std::string_view TakePart(std::string_view& rest) noexcept {
    const size_t point = std::min(rest.find('.'), rest.size());
    const std::string_view part = rest.substr(0, point);
    rest.remove_prefix(std::min(point + 1, rest.size()));
    return part;
}

}  // namespace

ChannelName ParseChannel(std::string_view text) noexcept {
    ChannelName name;
    const std::string_view kind = TakePart(text);
    if (kind == "chart" && TakePart(text) == "trades") {
        name.symbol = TakePart(text);
        name.resolution = text;
        name.channel = Channel::kChart;
        return name;
    }
    name.symbol = TakePart(text);
    // With more parts it is a book of the best levels, or the trades of many instruments.
    const bool plain = text.find('.') == std::string_view::npos;
    if (kind == "trades" && plain) name.channel = Channel::kTrades;
    if (kind == "book" && plain) name.channel = Channel::kBook;
    if (kind == "ticker" && plain) name.channel = Channel::kTicker;
    if (kind == "quote" && text.empty()) name.channel = Channel::kQuote;
    return name;
}

model::DataType TypeOf(Channel channel) noexcept {
    switch (channel) {
        case Channel::kTrades:
            return model::DataType::kTrade;
        case Channel::kBook:
            return model::DataType::kBookDelta;
        case Channel::kQuote:
            return model::DataType::kBbo;
        case Channel::kTicker:
            return model::DataType::kTicker;
        case Channel::kChart:
            return model::DataType::kKline;
        case Channel::kUnknown:
            break;
    }
    return model::DataType::kUnspecified;
}

const Bar* FindBar(std::string_view resolution) noexcept {
    for (const Bar& bar : kBars) {
        if (bar.resolution == resolution) return &bar;
    }
    return nullptr;
}

Nanos CloseOf(const Bar& bar, Nanos open) noexcept {
    return open > INT64_MAX - bar.length ? INT64_MAX : open + bar.length - kMillisecond;
}

std::vector<Stream> StreamsFor(
    const model::Instrument& instrument, model::DataType type, const VenueConfig& config
) {
    const auto one = [&](std::string_view kind, std::string_view pace) {
        std::string channel(kind);
        channel.append(instrument.venue_symbol).append(pace);
        return std::vector<Stream>{{"ws", std::move(channel), type}};
    };
    std::vector<Stream> charts;
    switch (type) {
        case model::DataType::kTrade:
        case model::DataType::kLiquidation:
            return one("trades.", PaceOf(config));
        case model::DataType::kBookDelta:
            return one("book.", PaceOf(config));
        case model::DataType::kBbo:
            return one("quote.", "");
        case model::DataType::kTicker:
        case model::DataType::kMarkPrice:
        case model::DataType::kOpenInterest:
            return one("ticker.", PaceOf(config));
        case model::DataType::kFundingRate:
            // Dated contracts and options have none.
            if (instrument.market == model::Market::kOption) return {};
            return one("ticker.", PaceOf(config));
        case model::DataType::kKline:
            for (const Bar& bar : kBars) {
                const auto& wanted = config.kline_intervals;
                if (std::find(wanted.begin(), wanted.end(), bar.interval) == wanted.end()) continue;
                auto chart = one("chart.trades.", "." + std::string(bar.resolution));
                charts.push_back(std::move(chart.front()));
            }
            return charts;
        default:
            return {};
    }
}

std::string RequestFrame(
    std::string_view method, std::span<const std::string> channels, uint64_t id
) {
    std::string frame = R"({"jsonrpc":"2.0","id":)" + std::to_string(id);
    frame.append(R"(,"method":")").append(method).append(R"(","params":{"channels":[)");
    for (const std::string& channel : channels) {
        frame.append(&channel == channels.data() ? "\"" : ",\"").append(channel).append("\"");
    }
    return frame.append("]}}");
}

std::string LoginFrame(std::string_view client_id, std::string_view secret) {
    std::string frame = R"({"jsonrpc":"2.0","id":0,"method":"public/auth","params":)"
                        R"({"grant_type":"client_credentials","client_id":)";
    AppendQuoted(client_id, frame);
    frame += R"(,"client_secret":)";
    AppendQuoted(secret, frame);
    return frame.append("}}");
}

std::string_view HeartbeatFrame() {
    return R"({"jsonrpc":"2.0","id":0,"method":"public/set_heartbeat","params":{"interval":30}})";
}

std::string_view TestFrame() {
    return R"({"jsonrpc":"2.0","id":0,"method":"public/test","params":{}})";
}

}  // namespace mp::collector::deribit
