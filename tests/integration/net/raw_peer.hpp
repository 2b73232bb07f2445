#pragma once
// The other end of a connection at the level of bytes, for tests of what no proper client or server
// would do.

#include <string>
#include <string_view>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "base/deadline.hpp"
#include "runtime/task.hpp"
#include "runtime/with_deadline.hpp"

namespace mp::net {

class RawPeer {
  public:
    explicit RawPeer(const Executor& executor) : socket_(executor) {}
    explicit RawPeer(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    Task<> Connect(uint16_t port) {
        const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
        co_await socket_.async_connect(endpoint, asio::use_awaitable);
    }
    Task<> Send(std::string text) {
        co_await asio::async_write(
            socket_, asio::buffer(text), asio::as_tuple(asio::use_awaitable)
        );
    }
    // All received so far, once it holds `text`, or the connection ended.
    Task<std::string> ReadUntil(std::string text) {
        while (received_.find(text) == std::string::npos && !ended_) co_await ReadSome();
        co_return received_;
    }
    Task<std::string> ReadToEnd() {
        while (!ended_) co_await ReadSome();
        co_return received_;
    }
    std::string Take() { return std::exchange(received_, {}); }
    bool ended() const { return ended_; }
    void Close() { socket_.close(); }
    asio::ip::tcp::socket& socket() { return socket_; }

  private:
    Task<> ReadSome() {
        char bytes[16384];
        const auto [error, size] = co_await socket_.async_read_some(
            asio::buffer(bytes), asio::as_tuple(asio::use_awaitable)
        );
        received_.append(bytes, size);
        ended_ = ended_ || error;
    }

    asio::ip::tcp::socket socket_;
    std::string received_;
    bool ended_ = false;
};

// Accepts connections on a port of its own.
class RawListener {
  public:
    explicit RawListener(const Executor& executor)
        : acceptor_(executor, {asio::ip::address_v4::loopback(), 0}) {}

    uint16_t port() const { return acceptor_.local_endpoint().port(); }
    Task<asio::ip::tcp::socket> Accept() { return acceptor_.async_accept(asio::use_awaitable); }
    void Close() { acceptor_.close(); }

  private:
    asio::ip::tcp::acceptor acceptor_;
};

}  // namespace mp::net
