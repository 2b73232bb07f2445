#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/bybit/instruments.hpp"
#include "exchange-sim/bybit/rest.hpp"
#include "exchange-sim/stream_venue.hpp"

namespace mp::sim::bybit {

// Bybit v5: sockets at /v5/public/spot and /v5/public/linear, REST at /v5/market. A client that
// says nothing for ten minutes is cut off.
class BybitVenue final : public StreamVenue {
  public:
    BybitVenue(
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
    void Subscribe(
        WsSession& session, const std::vector<std::string>& topics, const std::string& id
    );
    void Unsubscribe(WsSession& session, const std::vector<std::string>& topics);
    // The stream of the topic on that connection; empty where there is none.
    std::string StreamOf(const WsSession& session, std::string_view topic) const;
    std::string Ack(
        const WsSession& session, std::string_view op, std::string_view error, const std::string& id
    ) const;
    void SendFirst(WsSession& session, std::uint32_t stream) override;
    // Of a recording: what the ticker's messages so far amount to.
    void SendTicker(std::uint32_t stream, WsSession& session) const;

    const Instruments& instruments_;
    Rest rest_;
};

}  // namespace mp::sim::bybit
