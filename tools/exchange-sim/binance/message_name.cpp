#include "exchange-sim/binance/message_name.hpp"

#include <vector>

#include "exchange-sim/json_text.hpp"
#include "exchange-sim/stream_loader.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::binance {
namespace {

// The channel of a bare payload, with the recorder's label where the payload does not tell.
std::string ChannelOf(std::string_view payload, const std::string& label) {
    const std::string_view event = FindString(payload, "e");
    if (event == "trade" || event == "aggTrade") return std::string(event);
    if (event == "24hrTicker") return "ticker";
    if (event == "bookTicker") return "bookTicker";
    if (event == "markPriceUpdate") return "markPrice@1s";
    if (event == "24hrMiniTicker") return "miniTicker";
    if (event == "kline") {
        return Concat("kline_", FindString(FindValue(payload, "k"), "i"));
    }
    if (event == "depthUpdate") {
        return label == "depth" || label.starts_with("depth@") ? label : "depth@100ms";
    }
    const bool bbo =
        event.empty() && !FindValue(payload, "B").empty() && !FindValue(payload, "A").empty();
    return bbo ? "bookTicker" : "";
}

}  // namespace

NamedMessage NameMessage(const CaptureLine& line) {
    NamedMessage message;
    const std::string_view stream = FindString(line.raw, "stream");
    message.payload = FindValue(line.raw, "data");
    message.wrapped = !stream.empty() && !message.payload.empty();
    std::string_view name = stream;
    std::string derived;
    if (!message.wrapped) {
        message.payload = line.raw;
        const std::string channel = ChannelOf(line.raw, line.channel);
        if (channel.empty()) return message;
        derived = Concat(FindString(line.raw, "s"), "@", channel);
        name = derived;
    }
    const std::size_t at = name.find('@');
    if (at == std::string_view::npos) return message;
    message.stream = Concat(Lower(name.substr(0, at)), name.substr(at));
    return message;
}

std::string IdentityOf(Channel channel, std::string_view payload) {
    std::vector<std::string_view> keys{"E"};
    if (channel == Channel::kTrade) keys = {"t"};
    if (channel == Channel::kAggTrade) keys = {"a"};
    if (channel == Channel::kBookTicker) keys = {"u"};
    if (KindOf(channel) == FrameKind::kBookDelta) keys = {"U", "u"};
    if (channel == Channel::kPartialDepth) keys = {"lastUpdateId"};
    return MembersOf(payload, keys);
}

}  // namespace mp::sim::binance
