#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "exchange-sim/okx/instruments.hpp"
#include "exchange-sim/okx/rest.hpp"
#include "exchange-sim/stream_venue.hpp"

namespace mp::sim::okx {

// OKX v5: sockets at /ws/v5/public and /ws/v5/business, REST at /api/v5. A connection on which
// nothing happens for half a minute is closed.
class OkxVenue final : public StreamVenue {
  public:
    OkxVenue(
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
    std::string ShutdownNotice(const WsSession& session) const override;
    std::string StrayError() const override;

  private:
    void Subscribe(WsSession& session, const nlohmann::json& arg, const std::string& id);
    void Unsubscribe(WsSession& session, const nlohmann::json& arg, const std::string& id);
    // The stream that the arg names; empty where there is none at this address.
    std::string StreamOf(const WsSession& session, const nlohmann::json& arg) const;
    std::string Ack(
        const WsSession& session,
        std::string_view event,
        const nlohmann::json& arg,
        const std::string& id,
        bool odd
    ) const;
    std::string ConnectionId(const WsSession& session) const;

    const Instruments& instruments_;
    Rest rest_;
};

}  // namespace mp::sim::okx
