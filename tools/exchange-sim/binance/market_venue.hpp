#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exchange-sim/binance/rest.hpp"
#include "exchange-sim/binance/ws_protocol.hpp"
#include "exchange-sim/venue.hpp"

namespace mp::sim::binance {

// One of Binance's markets: /ws, /ws/<stream>/..., /stream?streams=... and its REST API; contracts
// serve sockets below /public and /market too.
class MarketVenue final : public Venue {
  public:
    MarketVenue(
        const MarketKind& market,
        Hub& hub,
        EvidenceLog& log,
        FaultPlan& faults,
        Backend& backend,
        const ExchangeInfo& info,
        int weight_limit
    );

    bool AcceptsSocket(const HttpRequest& request) const override;
    // Whatever no other exchange knows is answered here.
    bool AcceptsRequest(const HttpRequest&) const override { return true; }
    WsLimits LimitsOf(const WsLimits& asked) const override;
    void OnOpen(WsSession& session, const HttpRequest& request) override;
    void OnText(WsSession& session, std::string_view text) override;
    boost::asio::awaitable<HttpReply> OnRequest(const HttpRequest& request) override;
    std::string LimitExceeded(bool banned, int retry_after_s) const override;
    std::string ShutdownNotice(const WsSession& session) const override;
    std::string StrayError() const override;

  private:
    const MarketKind& market_;
    Backend& backend_;
    Rest rest_;
    WsProtocol ws_;
    const int weight_limit_;
};

}  // namespace mp::sim::binance
