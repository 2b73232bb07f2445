#include "exchange-sim/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

HttpRequest Convert(http::request<http::string_body>& from, const std::string& client) {
    HttpRequest request;
    request.method = from.method_string();
    request.target = from.target();
    request.body = std::move(from.body());
    request.client = client;
    SplitTarget(request);
    return request;
}

http::response<http::string_body> Convert(HttpReply reply, unsigned version, bool keep_alive) {
    http::response<http::string_body> response(static_cast<http::status>(reply.status), version);
    response.set(http::field::content_type, "application/json;charset=UTF-8");
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    response.keep_alive(keep_alive);
    response.body() = std::move(reply.body);
    response.prepare_payload();
    return response;
}

// What the request asks about, as each exchange names it.
std::string_view SymbolOf(const HttpRequest& request) {
    for (const char* name : {"symbol", "instId", "instrument_name"}) {
        if (const auto symbol = request.Parameter(name)) return *symbol;
    }
    return {};
}

std::string Handshake(std::string_view key) {
    return Concat(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: "
        "websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ",
        WsAcceptKey(key),
        "\r\n\r\n"
    );
}

}  // namespace

Server::Server(
    asio::io_context& io,
    Hub& hub,
    Outlet& outlet,
    EvidenceLog& log,
    std::vector<Venue*> venues,
    RecordedAnswers recorded,
    const Options& options,
    Control control
)
    : io_(io),
      hub_(hub),
      outlet_(outlet),
      log_(log),
      venues_(std::move(venues)),
      recorded_(std::move(recorded)),
      limits_(options.ws),
      recorded_clock_(options.recorded_clock),
      control_(std::move(control)),
      acceptor_(io),
      stop_signal_(io) {}

Venue* Server::VenueOf(const HttpRequest& request, bool socket) const {
    for (Venue* venue : venues_) {
        if (socket ? venue->AcceptsSocket(request) : venue->AcceptsRequest(request)) return venue;
    }
    return nullptr;
}

Status Server::Listen(const std::string& host, std::uint16_t port) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) return absl::InvalidArgumentError(Concat("no address: ", host));
    const Tcp::endpoint endpoint(address, port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return OkStatus();
    return absl::UnavailableError(
        Concat("cannot listen on ", host, ":", port, ": ", error.message())
    );
}

std::uint16_t Server::port() const {
    error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
}

asio::awaitable<void> Server::Run() {
    error_code error;
    while (!stopped_) {
        Tcp::socket socket =
            co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted) break;
        if (error) continue;
        asio::co_spawn(io_, Serve(std::move(socket)), asio::detached);
    }
}

void Server::Stop() {
    stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (Tcp::socket* socket : http_sockets_) socket->close(ignored);
    const auto sessions = outlet_.sessions();
    for (const auto& [id, session] : sessions) session->Cut("simulator stopped");
    stop_signal_.Notify();
}

asio::awaitable<void> Server::Serve(Tcp::socket socket) {
    http_sockets_.insert(&socket);
    co_await Talk(socket);
    http_sockets_.erase(&socket);
}

asio::awaitable<void> Server::Talk(Tcp::socket& socket) {
    error_code error;
    socket.set_option(Tcp::no_delay(true), error);
    const std::string client = socket.remote_endpoint(error).address().to_string();
    beast::flat_buffer buffer;
    while (!stopped_) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(16u << 20);
        co_await http::async_read(
            socket, buffer, parser, asio::redirect_error(asio::use_awaitable, error)
        );
        if (error) break;
        auto message = parser.release();
        HttpRequest request = Convert(message, client);
        const bool upgrade = beast::websocket::is_upgrade(message);
        if (Venue* venue = upgrade ? VenueOf(request, true) : nullptr) {
            const std::string reply = Handshake(message[http::field::sec_websocket_key]);
            co_await asio::async_write(
                socket, asio::buffer(reply), asio::redirect_error(asio::use_awaitable, error)
            );
            if (error) break;
            std::string early = beast::buffers_to_string(buffer.data());
            asio::co_spawn(
                io_,
                ServeSocket(std::move(socket), *venue, std::move(request), std::move(early)),
                asio::detached
            );
            co_return;
        }
        HttpReply reply = co_await Answer(request);
        if (reply.hang_up) break;
        auto response = Convert(std::move(reply), message.version(), message.keep_alive());
        co_await http::async_write(
            socket, response, asio::redirect_error(asio::use_awaitable, error)
        );
        if (error || !response.keep_alive()) break;
    }
    socket.shutdown(Tcp::socket::shutdown_send, error);
}

asio::awaitable<HttpReply> Server::Answer(const HttpRequest& request) {
    if (request.path.starts_with("/sim/")) co_return co_await control_(request);
    ++requests_[request.path];
    HttpReply reply = co_await AnswerVenue(request);
    log_.Rest(request.method, request.target, reply.hang_up ? 0 : reply.status, reply.body);
    co_return reply;
}

asio::awaitable<HttpReply> Server::AnswerVenue(const HttpRequest& request) {
    Venue* const venue = VenueOf(request, false);
    HttpReply reply;
    if (venue == nullptr) {
        reply.status = 404;
        reply.body = "{}";
        co_return reply;
    }
    const auto fault = outlet_.faults().TakeHttp(SymbolOf(request), request.path);
    if (!fault) co_return co_await AnswerUndisturbed(*venue, request);
    const int retry_after = fault->retry_after > 0 ? fault->retry_after : 1;
    if (fault->kind == Fault::Kind::kHttp429 || fault->kind == Fault::Kind::kHttp418) {
        const bool banned = fault->kind == Fault::Kind::kHttp418;
        reply.status = banned ? 418 : 429;
        // Some exchanges say it with another status, and not for how long.
        if (const auto other = ParseNumber<int>(fault->variant)) {
            reply.status = *other;
        } else {
            reply.headers.emplace_back("Retry-After", Concat(retry_after));
        }
        reply.body = venue->LimitExceeded(banned, retry_after);
    } else if (fault->kind == Fault::Kind::kHttp500) {
        reply.status = 500;
        reply.body = "<html><body><h1>500 Internal Server Error</h1></body></html>";
        reply.headers.emplace_back("Content-Type", "text/html");
    } else {
        const auto seconds = fault->seconds > 0 ? fault->seconds : 60.0;
        const auto until = std::chrono::steady_clock::now() +
                           std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
        while (!stopped_ && std::chrono::steady_clock::now() < until) {
            co_await stop_signal_.Wait(until);
        }
        reply.hang_up = true;
    }
    co_return reply;
}

// As it was recorded, with the time at which it was received then.
asio::awaitable<HttpReply> Server::AnswerUndisturbed(Venue& venue, const HttpRequest& request) {
    HttpReply reply;
    std::int64_t received = 0;
    if (const RecordedAnswers::Answer* answer = recorded_.Next(request.target)) {
        reply.body = answer->body;
        received = answer->recv_ns;
    } else {
        reply = co_await venue.OnRequest(request);
        received = recorded_.ReceivedAt(request.target, reply.body);
    }
    if (received > 0) reply.headers.emplace_back("Sim-Received-Ns", Concat(received));
    co_return reply;
}

asio::awaitable<void> Server::ServeSocket(
    Tcp::socket socket, Venue& venue, HttpRequest request, std::string early
) {
    const auto session = std::make_shared<WsSession>(
        std::move(socket), ++next_session_, hub_, log_, venue.LimitsOf(limits_)
    );
    session->venue = &venue;
    session->recorded_clock = recorded_clock_ && request.Text("simClock") == "recorded";
    std::string members = ",\"target\":\"";
    AppendEscaped(members, request.target);
    members += '"';
    log_.Connection("conn_opened", session->id(), members);
    outlet_.Join(session);
    venue.OnOpen(*session, request);
    const WsSession::OnText on_text = [&venue](WsSession& from, std::string_view text) {
        venue.OnText(from, text);
    };
    co_await session->Run(std::move(early), on_text);
    outlet_.Leave(*session);
}

}  // namespace mp::sim
