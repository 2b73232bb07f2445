#include "net/http_connection.hpp"

#include <absl/strings/str_format.h>
#include <charconv>
#include <exception>
#include <utility>

#include "net/response_head.hpp"
#include "net/text.hpp"
#include "net/websocket_handshake.hpp"
#include "net/websocket_impl.hpp"
#include "runtime/cancellation.hpp"

namespace mp::net {
namespace {

constexpr size_t kReceiveBytes = 4u << 10;
// Answers to pipelined requests are gathered up to this size; larger bodies are not copied.
constexpr size_t kGatherBytes = 32u << 10;
constexpr size_t kKeepOutBytes = 256u << 10;
constexpr std::chrono::seconds kLingerTimeout{2};
constexpr std::chrono::seconds kCloseTimeout{1};

void AppendChunkSize(size_t size, std::string& out) {
    char digits[16];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, size, 16).ptr);
    out += "\r\n";
}

}  // namespace

HttpConnection::HttpConnection(HttpServerShared& server, asio::ip::tcp::socket socket)
    : server_(server),
      transport_(std::make_unique<Transport>(std::move(socket), server.options.tls)),
      received_(kReceiveBytes),
      parser_({server.options.max_header_bytes, server.options.max_body_bytes}),
      header_deadline_(Deadline::Never()),
      body_deadline_(Deadline::Never()) {
    request_.peer = transport_->peer();
}

Task<> HttpConnection::Run() {
    if (server_.options.tls) {
        const Deadline deadline = Deadline::After(server_.options.header_timeout);
        const Status shaken = co_await transport_->HandshakeAsServer(deadline);
        if (!shaken.ok()) {
            ++server_.stats.tls_failures;
            co_await transport_->Linger(Deadline::After(kLingerTimeout));  // it is told why
            co_return;
        }
    }
    co_await Serve();
}

Task<> HttpConnection::Serve() {
    for (;;) {
        const Next next = co_await ReadRequest();
        if (next == Next::kClose) co_return;
        interruptible_ = false;
        if (next == Next::kReject) {
            co_await Reject();
            co_return;
        }
        ++server_.stats.requests;
        HttpResponse response = co_await Answer();
        if (response.status == 101) {
            co_await RunWebSocket(response);
            co_return;
        }
        const bool keep_alive = parser_.keep_alive() && !server_.draining &&
                                !response.headers.HasToken("Connection", "close");
        const bool sent = co_await Respond(std::move(response), keep_alive);
        if (!sent) co_return;
        if (!keep_alive) {
            co_await transport_->Linger(Deadline::After(kLingerTimeout));
            co_return;
        }
    }
}

Task<HttpConnection::Next> HttpConnection::ReadRequest() {
    parser_.Begin(request_);
    began_ = false;
    continued_ = false;
    for (;;) {
        if (const auto data = received_.data(); !data.empty()) {
            if (!began_) header_deadline_ = Deadline::After(server_.options.header_timeout);
            const bool in_header = parser_.state() == RequestParser::State::kHeader;
            began_ = true;
            received_.Consume(parser_.Feed({data.data(), data.size()}));
            if (in_header && parser_.state() == RequestParser::State::kBody) {
                body_deadline_ = Deadline::After(server_.options.body_timeout);
            }
        }
        if (parser_.state() == RequestParser::State::kComplete) co_return Next::kAnswer;
        if (parser_.state() == RequestParser::State::kFailed) co_return Next::kReject;
        if (parser_.state() == RequestParser::State::kBody && !continued_ &&
            parser_.expects_continue()) {
            continued_ = true;
            out_ += "HTTP/1.1 100 Continue\r\n\r\n";
        }
        const bool sent = co_await Flush();
        if (!sent) co_return Next::kClose;
        if (!began_ && server_.draining) co_return Next::kClose;
        interruptible_ = !began_;
        if (const Next more = co_await ReadMore(); more != Next::kAnswer) co_return more;
    }
}

// kAnswer: bytes came.
Task<HttpConnection::Next> HttpConnection::ReadMore() {
    const std::span<char> room = received_.Room();
    const Result<size_t> size = co_await transport_->ReadSome(room, ReadDeadline());
    if (size.ok()) {
        received_.Received(*size);
        co_return Next::kAnswer;
    }
    timed_out_ = began_ && absl::IsDeadlineExceeded(size.status());
    co_return timed_out_ ? Next::kReject : Next::kClose;
}

Deadline HttpConnection::ReadDeadline() {
    if (!began_) return Deadline::After(server_.options.idle_timeout);
    return parser_.state() == RequestParser::State::kHeader ? header_deadline_ : body_deadline_;
}

Task<HttpResponse> HttpConnection::Answer() {
    request_.deadline = Deadline::After(server_.options.handler_timeout);
    std::string what;
    try {
        co_return co_await server_.router.Dispatch(request_);
    } catch (const std::exception& thrown) {
        if (runtime::IsCancelled(std::current_exception())) throw;
        what = thrown.what();
    }
    ++server_.stats.handler_failures;
    co_return MakeError(500, Text("the handler failed: ", what));
}

HttpResponse HttpConnection::MakeError(int status, std::string_view message) const {
    if (server_.options.protocol_error) return server_.options.protocol_error(status, message);
    return ErrorResponse(status, ErrorCodeName(status), message);
}

Task<> HttpConnection::Reject() {
    ++server_.stats.protocol_errors;
    if (timed_out_) {
        co_await RejectWith(408, "the request did not arrive in time");
    } else {
        co_await RejectWith(parser_.error_status(), parser_.error());
    }
}

Task<> HttpConnection::RejectWith(int status, std::string_view message) {
    HttpResponse response = MakeError(status, message);
    request_.method = HttpMethod::kGet;  // whatever came, the client gets the body
    co_await Respond(std::move(response), false);
    co_await Flush();
    co_await transport_->Linger(Deadline::After(kLingerTimeout));
}

Task<> HttpConnection::Refuse() {
    if (server_.options.tls) co_return;  // not worth a handshake
    parser_.Begin(request_);
    co_await RejectWith(503, "too many connections");
}

Task<bool> HttpConnection::Respond(HttpResponse response, bool keep_alive) {
    if (response.stream && request_.method != HttpMethod::kHead && !IsBodyless(response.status)) {
        co_return co_await RespondStream(response, keep_alive);
    }
    const std::string_view body = response.shared_body ? *response.shared_body : response.body;
    ResponseFraming framing;
    framing.keep_alive = keep_alive;
    framing.http_1_0 = parser_.http_1_0();
    if (!IsBodyless(response.status) && !response.stream) framing.content_length = body.size();
    AppendResponseHead(response, framing, out_);
    if (IsBodyless(response.status) || request_.method == HttpMethod::kHead) {
        co_return keep_alive || co_await Flush();
    }
    if (out_.size() + body.size() <= kGatherBytes) {
        out_.append(body);
        co_return keep_alive || co_await Flush();
    }
    const Deadline deadline = Deadline::After(server_.options.write_timeout);
    const Status written = co_await transport_->Write(out_, body, deadline);
    out_.clear();
    co_return written.ok();
}

Task<bool> HttpConnection::RespondStream(HttpResponse& response, bool keep_alive) {
    ResponseFraming framing;
    framing.http_1_0 = parser_.http_1_0();
    framing.chunked = !framing.http_1_0;
    framing.keep_alive = keep_alive && framing.chunked;
    AppendResponseHead(response, framing, out_);
    std::string piece;
    for (;;) {
        piece.clear();
        const Result<bool> more = co_await response.stream->Next(piece);
        if (!more.ok()) {
            transport_->Cut();
            co_return false;
        }
        if (!piece.empty()) {
            const bool sent = co_await WriteChunk(piece, framing.chunked);
            if (!sent) co_return false;
        }
        if (!*more) break;
    }
    if (framing.chunked) out_ += "0\r\n\r\n";
    const bool sent = co_await Flush();
    if (!sent) co_return false;
    if (framing.keep_alive || !keep_alive) co_return true;
    co_await transport_->Linger(Deadline::After(kLingerTimeout));  // HTTP/1.0: the end is the end
    co_return false;
}

Task<bool> HttpConnection::WriteChunk(const std::string& piece, bool chunked) {
    if (chunked) AppendChunkSize(piece.size(), out_);
    const Deadline deadline = Deadline::After(server_.options.write_timeout);
    const Status written = co_await transport_->Write(out_, piece, deadline);
    out_ = chunked ? "\r\n" : "";
    co_return written.ok();
}

Task<bool> HttpConnection::Flush() {
    if (out_.empty()) co_return true;
    const Deadline deadline = Deadline::After(server_.options.write_timeout);
    const Status written = co_await transport_->Write(out_, deadline);
    out_.clear();
    if (out_.capacity() > kKeepOutBytes) out_.shrink_to_fit();
    co_return written.ok();
}

Task<> HttpConnection::RunWebSocket(const HttpResponse& response) {
    const WebSocketHandler* handler = server_.router.FindWebSocket(request_.path());
    if (handler == nullptr) co_return;
    out_ += UpgradeResponse(request_, response.headers);
    const bool sent = co_await Flush();
    if (!sent) co_return;

    WebSocketDecoderOptions options;
    options.expect_masked = true;
    options.max_message_bytes = server_.options.max_websocket_message_bytes;
    const auto rest = received_.data();
    WebSocket socket(std::make_unique<WebSocket::Impl>(
        std::move(transport_),
        WebSocket::Impl::Role::kServer,
        options,
        std::string_view(rest.data(), rest.size())
    ));
    interruptible_ = true;
    ++server_.stats.websockets_open;
    uint16_t code = kCloseNormal;
    try {
        co_await (*handler)(socket, request_);
    } catch (const std::exception&) {
        code =
            runtime::IsCancelled(std::current_exception()) ? kCloseGoingAway : kCloseInternalError;
    }
    --server_.stats.websockets_open;
    if (code == kCloseInternalError) ++server_.stats.handler_failures;
    // A cancelled task may await no more, but the client should hear why.
    co_await asio::this_coro::reset_cancellation_state();
    interruptible_ = false;
    static_cast<void>(co_await socket.Close(code, "", Deadline::After(kCloseTimeout)));
}

}  // namespace mp::net
