#include "net/websocket_client.hpp"

#include "net/open_transport.hpp"
#include "net/response_parser.hpp"
#include "net/text.hpp"
#include "net/url.hpp"
#include "net/websocket_handshake.hpp"
#include "net/websocket_impl.hpp"

namespace mp::net {
namespace {

constexpr size_t kMaxResponseBytes = 32u << 10;

Status Refusal(const ResponseParser& response) {
    const int status = response.status();
    StatusCode code = StatusCode::kFailedPrecondition;
    if (status == 418 || status == 429) code = StatusCode::kResourceExhausted;
    if (status == 401 || status == 403) code = StatusCode::kPermissionDenied;
    if (status >= 500) code = StatusCode::kUnavailable;
    return Status(code, Text("handshake refused: HTTP ", status));
}

// Reads until the response is complete; bytes behind it stay in `received`.
Task<Status> ReadResponse(
    Transport& transport, ResponseParser& response, ReceiveBuffer& received, Deadline deadline
) {
    while (!response.complete()) {
        const Result<size_t> size = co_await transport.ReadSome(received.Room(), deadline);
        if (!size.ok()) co_return size.status();
        received.Received(*size);
        const auto data = received.data();
        const Result<size_t> consumed = response.Feed({data.data(), data.size()});
        if (!consumed.ok()) co_return consumed.status();
        received.Consume(*consumed);
    }
    co_return OkStatus();
}

Task<Result<std::unique_ptr<WebSocket::Impl>>> Connect(
    Executor executor, const Url& url, const WebSocketClientOptions& options, Deadline deadline
) {
    auto transport = co_await OpenTransport(executor, url, options.tls, deadline);
    if (!transport.ok()) co_return transport.status();

    const std::string key = MakeWebSocketKey();
    const std::string request = UpgradeRequest(url, key, options.deflate, options.headers);
    Status done = co_await (*transport)->Write(request, deadline);
    if (!done.ok()) co_return done;

    const ResponseParser::Options limits{kMaxResponseBytes, kMaxResponseBytes};
    ResponseParser response(limits);
    ReceiveBuffer received(kMaxResponseBytes);
    done = co_await ReadResponse(**transport, response, received, deadline);
    if (!done.ok()) co_return done;
    if (response.status() != 101) co_return Refusal(response);
    const auto agreed = CheckUpgradeResponse(response.headers(), key, options.deflate);
    if (!agreed.ok()) co_return agreed.status();

    WebSocketDecoderOptions decoding;
    decoding.deflate = agreed->deflate;
    decoding.deflate_keeps_context = agreed->server_keeps_context;
    decoding.max_message_bytes = options.max_message_bytes;
    const auto rest = received.data();
    co_return std::make_unique<WebSocket::Impl>(
        *std::move(transport),
        WebSocket::Impl::Role::kClient,
        decoding,
        std::string_view(rest.data(), rest.size())
    );
}

}  // namespace

Task<Result<WebSocket>> ConnectWebSocket(
    Executor executor, std::string url, WebSocketClientOptions options, Deadline deadline
) {
    const Result<Url> parsed = ParseUrl(url);
    if (!parsed.ok()) co_return parsed.status();
    if (!parsed->websocket()) {
        co_return absl::InvalidArgumentError(Text("URL \"", url, "\": not ws or wss"));
    }
    auto impl = co_await Connect(executor, *parsed, options, deadline);
    if (!impl.ok()) {
        co_return Annotate(impl.status(), Text("connect ", parsed->Authority()));
    }
    co_return WebSocket(*std::move(impl));
}

}  // namespace mp::net
