#pragma once
// Names of Deribit's channels, and its JSON-RPC requests.
// https://docs.deribit.com/#subscriptions

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"
#include "model/instrument.hpp"

namespace mp::collector::deribit {

enum class Channel : uint8_t {
    kUnknown,
    kTrades,  // liquidations are marked among them
    kBook,
    kQuote,
    kTicker,  // with mark price, open interest and funding
    kChart,
};

// "book.BTC-PERPETUAL.100ms" taken apart; views into it.
struct ChannelName {
    Channel channel = Channel::kUnknown;
    std::string_view symbol;
    std::string_view resolution;  // of charts: "1" "60" "1D"
};
ChannelName ParseChannel(std::string_view text) noexcept;

// What a channel is subscribed for in the first place.
model::DataType TypeOf(Channel channel) noexcept;

// A resolution of charts.
struct Bar {
    std::string_view interval;  // "1h"
    std::string_view resolution;
    Nanos length;
};
const Bar* FindBar(std::string_view resolution) noexcept;
// The last millisecond of the bar that opens then.
Nanos CloseOf(const Bar& bar, Nanos open) noexcept;

std::vector<Stream> StreamsFor(
    const model::Instrument& instrument, model::DataType type, const VenueConfig& config
);

// {"jsonrpc":"2.0","id":7,"method":"public/subscribe","params":{"channels":["..."]}}
std::string RequestFrame(
    std::string_view method, std::span<const std::string> channels, uint64_t id
);

// Whoever is logged in gets every single change ("raw"). Answered with an "access_token".
std::string LoginFrame(std::string_view client_id, std::string_view secret);

// Has the venue ask for signs of life from now on; may be repeated.
std::string_view HeartbeatFrame();
// The sign of life that it asks for.
std::string_view TestFrame();

}  // namespace mp::collector::deribit
