#pragma once
// A WebSocket server of Beast's, an independent implementation, whose every step a test scripts.

#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "raw_peer.hpp"

namespace mp::net {

namespace beast = boost::beast;

template <class Layer>
class WebSocketPeer {
  public:
    template <class... Args>
    explicit WebSocketPeer(Args&&... args) : stream_(std::forward<Args>(args)...) {
        stream_.control_callback(
            [this](beast::websocket::frame_type kind, beast::string_view text) {
                if (kind == beast::websocket::frame_type::ping) pings_.emplace_back(text);
                if (kind == beast::websocket::frame_type::pong) pongs_.emplace_back(text);
            }
        );
    }

    Task<> Accept(bool deflate = false) {
        beast::websocket::permessage_deflate option;
        option.server_enable = deflate;
        option.msg_size_threshold = 0;
        stream_.set_option(option);
        beast::flat_buffer buffer;
        co_await beast::http::async_read(
            stream_.next_layer(), buffer, request_, asio::use_awaitable
        );
        co_await stream_.async_accept(request_, asio::use_awaitable);
    }
    Task<> Send(std::string text) {
        stream_.text(true);
        co_await stream_.async_write(asio::buffer(text), asio::use_awaitable);
    }
    Task<> SendPart(std::string text, bool last) {
        stream_.text(true);
        co_await stream_.async_write_some(last, asio::buffer(text), asio::use_awaitable);
    }
    Task<> Ping(std::string text) {
        const beast::websocket::ping_data payload(text.data(), text.size());
        co_await stream_.async_ping(payload, asio::use_awaitable);
    }
    // The next message; empty once the connection has ended.
    Task<std::string> Receive() {
        beast::flat_buffer buffer;
        const auto [error, size] =
            co_await stream_.async_read(buffer, asio::as_tuple(asio::use_awaitable));
        co_return error ? "" : beast::buffers_to_string(buffer.data());
    }
    Task<> Close(uint16_t code, std::string reason) {
        const beast::websocket::close_reason why(
            static_cast<beast::websocket::close_code>(code), reason
        );
        co_await stream_.async_close(why, asio::as_tuple(asio::use_awaitable));
    }

    beast::websocket::stream<Layer>& stream() { return stream_; }
    const beast::http::request<beast::http::string_body>& request() const { return request_; }
    uint16_t close_code() const { return stream_.reason().code; }
    const std::vector<std::string>& pings() const { return pings_; }
    const std::vector<std::string>& pongs() const { return pongs_; }

  private:
    beast::websocket::stream<Layer> stream_;
    beast::http::request<beast::http::string_body> request_;
    std::vector<std::string> pings_;
    std::vector<std::string> pongs_;
};

using PlainPeer = WebSocketPeer<asio::ip::tcp::socket>;
using TlsPeer = WebSocketPeer<asio::ssl::stream<asio::ip::tcp::socket>>;

}  // namespace mp::net
