#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "exchange-sim/deribit/instruments.hpp"
#include "exchange-sim/deribit/methods.hpp"
#include "exchange-sim/request_rate.hpp"
#include "exchange-sim/stream_venue.hpp"

namespace mp::sim::deribit {

// Deribit: JSON-RPC on sockets at /ws/api/v2, the same methods at /api/v2. Once asked for
// heartbeats it wants each test_request answered, or cuts the connection.
class DeribitVenue final : public StreamVenue {
  public:
    DeribitVenue(
        const Plant& plant,
        const Instruments& instruments,
        Source& source,
        const MarketFeed* feed  // null where a recording is served
    );

    bool AcceptsSocket(const HttpRequest& request) const override;
    bool AcceptsRequest(const HttpRequest& request) const override;
    void OnOpen(WsSession& session, const HttpRequest& request) override;
    void OnText(WsSession& session, std::string_view text) override;
    boost::asio::awaitable<HttpReply> OnRequest(const HttpRequest& request) override;
    std::string LimitExceeded(bool banned, int retry_after_s) const override;
    // It closes without a word.
    std::string ShutdownNotice(const WsSession&) const override { return {}; }
    std::string StrayError() const override;

  private:
    struct Request;

    void Subscribe(WsSession& session, const Request& request);
    void Unsubscribe(WsSession& session, const Request& request);
    void SetHeartbeat(WsSession& session, const Request& request);
    void Authenticate(WsSession& session, const Request& request);
    void Reply(WsSession& session, const Request& request, const Methods::Answer& answer) const;
    boost::asio::awaitable<void> Answer(std::shared_ptr<WsSession> session, Request request);
    bool Exists(std::string_view channel) const;
    void KeepAlive(WsSession& session) const;

    const Instruments& instruments_;
    Methods methods_;
    RequestRate rate_;
};

}  // namespace mp::sim::deribit
