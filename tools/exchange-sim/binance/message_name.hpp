#pragma once

#include <string>
#include <string_view>

#include "exchange-sim/binance/stream_name.hpp"
#include "exchange-sim/capture.hpp"

namespace mp::sim::binance {

// Where the stream's name stands in the message, or follows from it: empty where it cannot be told.
struct NamedMessage {
    std::string stream;        // lower-case symbol
    std::string_view payload;  // inside the raw text
    bool wrapped = false;      // raw has the combined form
};
NamedMessage NameMessage(const CaptureLine& line);

// The identifying fields of a payload as JSON members.
std::string IdentityOf(Channel channel, std::string_view payload);

}  // namespace mp::sim::binance
