#include "bench/gateway/bare_http.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace mp::bench {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using ErrorCode = boost::beast::error_code;

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    explicit Connection(tcp::socket socket) : socket_(std::move(socket)) {
        socket_.set_option(tcp::no_delay(true));
    }

    void Read() {
        request_ = {};
        http::async_read(
            socket_,
            buffer_,
            request_,
            [self = shared_from_this()](const ErrorCode& error, size_t) {
                if (!error) self->Write();
            }
        );
    }

  private:
    void Write() {
        const std::string target(request_.target());
        const size_t size = std::strtoul(target.c_str() + 1, nullptr, 10);
        if (response_.body().size() != size || size == 0) Prepare(size);
        http::async_write(
            socket_,
            response_,
            [self = shared_from_this()](const ErrorCode& error, size_t) {
                if (!error) self->Read();
            }
        );
    }

    void Prepare(size_t size) {
        response_ = {http::status::ok, 11};
        response_.set(http::field::content_type, "application/json");
        response_.body().assign(size, 'x');
        response_.prepare_payload();
    }

    tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
    http::request<http::empty_body> request_;
    http::response<http::string_body> response_;
};

}  // namespace

BareHttp::BareHttp(asio::io_context& io)
    : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    Accept();
}

void BareHttp::Accept() {
    acceptor_.async_accept([this](const ErrorCode& error, tcp::socket socket) {
        if (!error) std::make_shared<Connection>(std::move(socket))->Read();
        Accept();
    });
}

}  // namespace mp::bench
