// Subjects and instrument keys.
#include "fuzz.hpp"
#include "model/instrument.hpp"

namespace mp::fuzz {
std::vector<std::string> Seeds() {
    return {
        "md.binance.spot.trade.3",
        "binance|spot|BTC-USDT",
    };
}

void Try(std::string_view input) {
    if (const auto parts = model::ParseSubject(input)) {
        const std::string again =
            "md." + std::string(parts->exchange) + "." + std::string(ToString(parts->market)) +
            "." + std::string(ToString(parts->data_type)) + "." + std::to_string(parts->shard);
        Require(again == input, "a subject has one text");
    }
    if (const auto instrument = model::ParseInstrumentKey(input)) {
        Require(model::InstrumentKey(*instrument) == input, "an instrument's key has one text");
    }
}

}  // namespace mp::fuzz
