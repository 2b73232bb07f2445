#include "net/http_server.hpp"

#include <list>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/http_connection.hpp"
#include "net/text.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/condition.hpp"
#include "runtime/finally.hpp"
#include "runtime/sleep.hpp"

namespace mp::net {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Beyond max_connections, this many more are told so; the rest is closed without a word.
constexpr size_t kMaxRefusing = 64;
// Out of file descriptors or memory: connections that end will free some.
constexpr std::chrono::milliseconds kAcceptPause{100};
// After the drain: for connections to unwind.
constexpr std::chrono::seconds kUnwindTimeout{2};

}  // namespace

struct HttpServer::Impl : HttpServerShared, std::enable_shared_from_this<HttpServer::Impl> {
    explicit Impl(Executor on) : executor(std::move(on)), acceptor(executor) {}

    Status Bind();
    Task<Status> Accept();
    void Add(tcp::socket socket);
    Task<> Drain();
    void CancelConnections(bool all);

    Executor executor;
    tcp::acceptor acceptor;
    uint16_t port = 0;
    std::list<HttpConnection> connections;
    runtime::Condition changed;
};

Status HttpServer::Impl::Bind() {
    const std::string name = Text(options.host, ":", options.port);
    ErrorCode error;
    const auto address = asio::ip::make_address(options.host, error);
    if (error) {
        return absl::InvalidArgumentError(Text("listen on ", name, ": not an IP address"));
    }
    const tcp::endpoint endpoint(address, options.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error == asio::error::address_in_use) {
        return absl::AlreadyExistsError(
            Text("listen on ", name, ": the port is in use; another process serves it already")
        );
    }
    if (error) return runtime::ToStatus(error, Text("listen on ", name));
    port = acceptor.local_endpoint().port();
    return OkStatus();
}

Task<Status> HttpServer::Impl::Accept() {
    for (;;) {
        auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        runtime::ThrowIfCancelled(error);
        if (!error) {
            Add(std::move(socket));
        } else if (error != asio::error::connection_aborted) {
            co_await runtime::Sleep(kAcceptPause);
        }
    }
}

void HttpServer::Impl::Add(tcp::socket socket) {
    ++stats.connections_accepted;
    const bool refuse = connections.size() >= options.max_connections;
    if (refuse) ++stats.connections_refused;
    if (connections.size() >= options.max_connections + kMaxRefusing) return;

    const auto connection = connections.emplace(connections.end(), *this, std::move(socket));
    ++stats.connections_open;
    asio::co_spawn(
        executor,
        refuse ? connection->Refuse() : connection->Run(),
        asio::bind_cancellation_slot(
            connection->cancel().slot(),
            [self = shared_from_this(), connection](const std::exception_ptr&) {
                // Only cancellation throws here: the connection was cut on purpose.
                --self->stats.connections_open;
                self->connections.erase(connection);
                self->changed.NotifyAll();
            }
        )
    );
}

void HttpServer::Impl::CancelConnections(bool all) {
    for (HttpConnection& connection : connections) {
        if (all || connection.interruptible()) {
            connection.cancel().emit(asio::cancellation_type::all);
        }
    }
}

Task<> HttpServer::Impl::Drain() {
    ErrorCode ignored;
    acceptor.close(ignored);
    draining = true;
    CancelConnections(false);
    const auto none_left = [this] { return connections.empty(); };
    const bool drained = co_await changed.Until(none_left, Deadline::After(options.drain_timeout));
    if (drained) co_return;
    CancelConnections(true);
    co_await changed.Until(none_left, Deadline::After(kUnwindTimeout));
}

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;

HttpServer::~HttpServer() {
    if (impl_) impl_->CancelConnections(true);
}

Result<HttpServer> HttpServer::Listen(Executor executor, HttpServerOptions options, Router router) {
    auto impl = std::make_shared<Impl>(std::move(executor));
    impl->options = std::move(options);
    impl->router = std::move(router);
    if (Status bound = impl->Bind(); !bound.ok()) return bound;
    return HttpServer(std::move(impl));
}

Task<Status> HttpServer::Run() {
    return runtime::Finally(impl_->Accept(), impl_->Drain());
}

uint16_t HttpServer::port() const {
    return impl_->port;
}
const HttpServerStats& HttpServer::stats() const {
    return impl_->stats;
}

}  // namespace mp::net
