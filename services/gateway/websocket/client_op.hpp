#pragma once
// What a WebSocket client asks for.

#include <string>
#include <string_view>

#include "base/status.hpp"
#include "gateway/candles/candle_session.hpp"
#include "gateway/live/live_session.hpp"

namespace mp::gateway {

struct ClientOp {
    enum class Kind : uint8_t { kSubscribe, kUnsubscribe };
    Kind kind = Kind::kSubscribe;
    std::string id;
    LiveRequest request;    // of a subscribe to events
    CandleRequest candles;  // of one to bars; the other one is empty
};

// InvalidArgument whose message begins with the member that is wrong. `id` is filled wherever the
// text had a readable one, also on errors.
Result<ClientOp> ParseClientOp(std::string_view text, std::string& id);

}  // namespace mp::gateway
