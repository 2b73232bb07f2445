#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exchange-sim/binance/rest.hpp"
#include "exchange-sim/binance/ws_protocol.hpp"
#include "exchange-sim/venue.hpp"

namespace mp::sim::binance {

// One of Binance's markets: /ws, /ws/<stream>/..., /stream?streams=... and its REST API; contracts
// serve sockets below /public and /market too. A mounted one has its sockets below that name, and
// answers only requests to its own REST API.
class MarketVenue final : public Venue {
  public:
    MarketVenue(
        const MarketKind& market,
        const std::string& mount,
        Hub& hub,
        EvidenceLog& log,
        FaultPlan& faults,
        Backend& backend,
        const ExchangeInfo& info,
        WeightLimiter& weights
    );

    bool AcceptsSocket(const HttpRequest& request) const override;
    bool AcceptsRequest(const HttpRequest& request) const override;
    WsLimits LimitsOf(const WsLimits& asked) const override;
    void OnOpen(WsSession& session, const HttpRequest& request) override;
    void OnText(WsSession& session, std::string_view text) override;
    boost::asio::awaitable<HttpReply> OnRequest(const HttpRequest& request) override;
    std::string LimitExceeded(bool banned, int retry_after_s) const override;
    std::string ShutdownNotice(const WsSession& session) const override;
    std::string StrayError() const override;

  private:
    // "/public/stream" as "public" and "/stream".
    struct Address {
        std::string_view route;
        std::string_view path;
    };

    // Nothing where it is another market's.
    std::optional<Address> AddressOf(std::string_view path) const;

    const MarketKind& market_;
    const std::string mount_;  // with a slash before it; empty: all that is no other exchange's
    Backend& backend_;
    Rest rest_;
    WsProtocol ws_;
    const WeightLimiter& weights_;
};

}  // namespace mp::sim::binance
