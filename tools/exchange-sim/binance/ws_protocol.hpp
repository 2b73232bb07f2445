#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exchange-sim/binance/market_kind.hpp"
#include "exchange-sim/binance/stream_name.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/ws_session.hpp"

namespace mp::sim::binance {

inline constexpr std::size_t kMaxStreams = 1024;  // a connection

// The gateways' JSON requests: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY and
// GET_PROPERTY, with their acks and error objects.
class WsProtocol {
  public:
    // Told of every stream that somebody subscribes to.
    using OnSubscribed = std::function<void(const StreamName&)>;

    // `prefix`: of the streams' names in the hub and the log.
    WsProtocol(
        const MarketKind& market,
        std::string prefix,
        Hub& hub,
        EvidenceLog& log,
        OnSubscribed on_subscribed
    )
        : market_(market),
          prefix_(std::move(prefix)),
          hub_(hub),
          log_(log),
          on_subscribed_(std::move(on_subscribed)) {}

    // The answer to a request.
    std::string Handle(WsSession& session, std::string_view text);

    // False where the name is no stream or the connection is full. A stream that is not served at
    // the connection's address is taken and stays silent.
    bool Subscribe(WsSession& session, std::string_view name);

  private:
    struct Request;

    std::string Subscribe(WsSession& session, const Request& request);
    std::string Unsubscribe(WsSession& session, const Request& request);
    std::string List(const WsSession& session, const Request& request) const;
    std::string SetProperty(WsSession& session, const Request& request) const;
    std::string GetProperty(const WsSession& session, const Request& request) const;

    std::uint32_t StreamOf(std::string_view name) {
        return hub_.StreamOf(prefix_ + std::string(name));
    }
    // To the log.
    void Note(const char* what, const WsSession& session, const std::vector<std::string>& names);

    const MarketKind& market_;
    const std::string prefix_;
    Hub& hub_;
    EvidenceLog& log_;
    const OnSubscribed on_subscribed_;
};

}  // namespace mp::sim::binance
