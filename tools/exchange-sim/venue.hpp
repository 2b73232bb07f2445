#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exchange-sim/http_message.hpp"
#include "exchange-sim/ws_session.hpp"

namespace mp::sim {

// The protocol of one exchange: what the server asks a protocol folder. One thread.
class Venue {
  public:
    virtual ~Venue() = default;

    // Whether a WebSocket may be opened at this target (path and query).
    virtual bool AcceptsSocket(const HttpRequest& request) const = 0;
    // Whether the REST request is this exchange's.
    virtual bool AcceptsRequest(const HttpRequest& request) const = 0;
    // How its connections live, made of what the command line says.
    virtual WsLimits LimitsOf(const WsLimits& asked) const { return asked; }
    // A connection was opened there: first subscriptions.
    virtual void OnOpen(WsSession& session, const HttpRequest& request) = 0;
    virtual void OnText(WsSession& session, std::string_view text) = 0;
    virtual boost::asio::awaitable<HttpReply> OnRequest(const HttpRequest& request) = 0;
    // The body of a 429 (or, banned, 418) answer.
    virtual std::string LimitExceeded(bool banned, int retry_after_s) const = 0;
    // The notice that precedes a planned disconnect; empty where the exchange gives none.
    virtual std::string ShutdownNotice(const WsSession& session) const = 0;
    // An error message that answers nothing.
    virtual std::string StrayError() const { return {}; }
    // The whole book to all who listen to the stream, where books are streamed so.
    virtual void Resend(std::uint32_t /*stream*/) {}
    // The stream's next update numbers anew; of generated markets.
    virtual void RestartIds(std::uint32_t /*stream*/) {}
};

}  // namespace mp::sim
