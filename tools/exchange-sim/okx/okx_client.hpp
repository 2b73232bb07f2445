#pragma once
// What a client of OKX says and looks for, in tests.

#include <string>

#include "exchange-sim/test_client.hpp"

namespace mp::sim::testing {

inline Json Arg(const std::string& channel, const std::string& instrument) {
    return {{"channel", channel}, {"instId", instrument}};
}

inline void Request(WsClient& client, const std::string& op, const Json& arg) {
    client.Send(Json{{"id", "1"}, {"op", op}, {"args", Json::array({arg})}}.dump());
}

inline Json NextOf(WsClient& client, const std::string& channel) {
    while (true) {
        Json message = client.ReadJson();
        if (!message.contains("event") && message["arg"]["channel"] == channel) return message;
    }
}

}  // namespace mp::sim::testing
