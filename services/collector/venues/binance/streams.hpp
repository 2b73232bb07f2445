#pragma once
// Names of Binance's streams and the requests that subscribe to them.
// https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
// https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/venue_config.hpp"
#include "model/instrument.hpp"

namespace mp::collector::binance {

// "btcusdt@depth@100ms" for each stream that carries the type in the market of `config`; none where
// there is no such stream.
std::vector<std::string> ChannelsOf(
    std::string_view venue_symbol, model::DataType type, const VenueConfig& config
);

// Contracts: whether the stream is served at ".../public", as books, best quotes and single trades
// are, or at ".../market".
bool IsPublic(std::string_view channel);

struct StreamName {
    std::string symbol;  // upper case, as payloads write it
    model::DataType type = model::DataType::kUnspecified;
};
// Nothing for a stream that no data type stands for.
std::optional<StreamName> ParseStreamName(std::string_view stream);

// {"method":"SUBSCRIBE","params":["..."],"id":1}
std::string RequestFrame(
    std::string_view method, std::span<const std::string> channels, uint64_t id
);

}  // namespace mp::collector::binance
