#include "collector/venues/binance/streams.hpp"

#include <algorithm>

namespace mp::collector::binance {
namespace {

// ASCII only: symbols in other scripts have no case.
char Lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char Upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string Mapped(std::string_view text, char (*map)(char)) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), map);
    return out;
}

model::DataType TypeOf(std::string_view kind) {
    if (kind == "trade" || kind == "aggTrade") return model::DataType::kTrade;
    if (kind == "depth" || kind.starts_with("depth@")) return model::DataType::kBookDelta;
    if (kind == "bookTicker") return model::DataType::kBbo;
    if (kind == "ticker") return model::DataType::kTicker;
    if (kind.starts_with("kline_")) return model::DataType::kKline;
    if (kind == "markPrice" || kind == "markPrice@1s") return model::DataType::kMarkPrice;
    if (kind == "forceOrder") return model::DataType::kLiquidation;
    return model::DataType::kUnspecified;
}

std::vector<std::string> CommonChannelsOf(
    const std::string& prefix, model::DataType type, const VenueConfig& config
) {
    switch (type) {
        case model::DataType::kTrade:
            return {prefix + config.trade_channel};
        case model::DataType::kBookDelta:
            return {prefix + config.book_stream};
        case model::DataType::kBbo:
            return {prefix + "bookTicker"};
        case model::DataType::kTicker:
            return {prefix + "ticker"};
        case model::DataType::kKline: {
            std::vector<std::string> channels;
            for (const std::string& interval : config.kline_intervals) {
                channels.push_back(prefix + "kline_" + interval);
            }
            return channels;
        }
        default:
            return {};
    }
}

std::vector<std::string> ContractChannelsOf(const std::string& prefix, model::DataType type) {
    switch (type) {
        case model::DataType::kMarkPrice:
        case model::DataType::kFundingRate:
            return {prefix + "markPrice@1s"};
        case model::DataType::kLiquidation:
            return {prefix + "forceOrder"};
        default:
            return {};
    }
}

}  // namespace

std::vector<std::string> ChannelsOf(
    std::string_view venue_symbol, model::DataType type, const VenueConfig& config
) {
    const std::string prefix = Mapped(venue_symbol, Lower) + "@";
    std::vector<std::string> channels = CommonChannelsOf(prefix, type, config);
    if (!channels.empty() || config.market == model::Market::kSpot) return channels;
    return ContractChannelsOf(prefix, type);
}

bool IsPublic(std::string_view channel) {
    const std::string_view kind = channel.substr(channel.find('@') + 1);
    return kind == "trade" || kind == "bookTicker" || kind.starts_with("depth");
}

std::optional<StreamName> ParseStreamName(std::string_view stream) {
    const size_t at = stream.find('@');
    if (at == std::string_view::npos) return std::nullopt;
    const model::DataType type = TypeOf(stream.substr(at + 1));
    if (type == model::DataType::kUnspecified) return std::nullopt;
    return StreamName{Mapped(stream.substr(0, at), Upper), type};
}

std::string RequestFrame(
    std::string_view method, std::span<const std::string> channels, uint64_t id
) {
    std::string frame = R"({"method":")";
    frame.append(method).append(R"(","params":[)");
    for (const std::string& channel : channels) {
        frame.append(&channel == channels.data() ? "\"" : ",\"").append(channel).append("\"");
    }
    return frame.append(R"(],"id":)").append(std::to_string(id)).append("}");
}

}  // namespace mp::collector::binance
