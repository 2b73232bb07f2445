#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

#include "net/http_server.hpp"
#include "net/websocket_client.hpp"
#include "raw_peer.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::net {
namespace {

using namespace std::chrono_literals;
using ::testing::StartsWith;

Deadline Soon() {
    return Deadline::After(10s);
}

Task<> Echo(WebSocket& socket, const HttpRequest& request) {
    if (request.Param("how") == "throw") throw std::runtime_error("out of luck");
    for (;;) {
        const auto message = co_await socket.Receive(Deadline::After(30s));
        if (!message.ok() || message->data == "bye") co_return;
        const Status sent = co_await socket.Send(message->data, Soon());
        if (!sent.ok()) co_return;
    }
}

// Fan-out: one encoding for all, many frames a write.
Task<> Publish(WebSocket& socket, const HttpRequest&) {
    std::string frames;
    for (int i = 0; i < 1000; ++i) AppendTextFrame("event " + std::to_string(i), frames);
    socket.QueueEncoded(frames);
    socket.Queue("last");
    co_await socket.Flush(Soon());
    co_await socket.Receive(Soon());
}

Task<HttpResponse> Authorize(const HttpRequest& request, const HttpHandler& next) {
    if (!request.headers.Has("X-Key")) co_return ErrorResponse(401, "UNAUTHENTICATED", "no key");
    HttpResponse response = co_await next(request);
    response.headers.Add("X-Request-Id", "42");
    co_return response;
}

class WebSocketServerTest : public ::testing::Test {
  protected:
    WebSocketServerTest() {
        Router router;
        router.Use(Authorize);
        router.HandleWebSocket("/echo/{how}", Echo);
        router.HandleWebSocket("/publish", Publish);
        HttpServerOptions options;
        options.max_websocket_message_bytes = 1000;
        server_.emplace(*HttpServer::Listen(runner_.executor(), options, std::move(router)));
        runner_.Start(RunServer());
    }
    Task<> RunServer() {
        co_await runtime::FirstOf(server_->Run(), StopRequested());
        stopped_.Set();
    }
    Task<Status> StopRequested() {
        co_await stop_.Wait();
        co_return OkStatus();
    }
    Result<WebSocket> Connect(const std::string& path, bool with_key = true) {
        WebSocketClientOptions options;
        if (with_key) options.headers.Add("X-Key", "1");
        const std::string url = "ws://127.0.0.1:" + std::to_string(server_->port()) + path;
        return runner_.Run(ConnectWebSocket(runner_.executor(), url, options, Soon()));
    }

    testing::TaskRunner runner_;
    runtime::Event stop_;
    runtime::Event stopped_;
    std::optional<HttpServer> server_;
};

TEST_F(WebSocketServerTest, EchoesUntilItsHandlerEnds) {
    auto socket = Connect("/echo/plain");
    ASSERT_TRUE(socket.ok()) << socket.status();
    for (const size_t size : {0u, 10u, 125u, 126u, 1000u}) {
        const std::string text(size, 'x');
        EXPECT_TRUE(runner_.Run(socket->Send(text, Soon())).ok());
        EXPECT_EQ(runner_.Run(socket->Receive(Soon()))->data, text);
    }
    EXPECT_EQ(server_->stats().websockets_open, 1u);
    EXPECT_TRUE(runner_.Run(socket->Send("bye", Soon())).ok());
    EXPECT_FALSE(runner_.Run(socket->Receive(Soon())).ok());
    EXPECT_EQ(socket->close_code(), kCloseNormal);
    EXPECT_EQ(server_->stats().websockets_open, 0u);
}

TEST_F(WebSocketServerTest, SendsManyFramesWithOneFlush) {
    auto socket = Connect("/publish");
    ASSERT_TRUE(socket.ok()) << socket.status();
    size_t count = 0;
    std::string last;
    while (count < 1001) {
        const auto batch = runner_.Run(socket->ReadSome(Soon()));
        ASSERT_TRUE(batch.ok()) << batch.status();
        count += batch->messages.size();
        last = batch->messages.back().data;
    }
    EXPECT_EQ(last, "last");
    EXPECT_LT(socket->stats().reads, 10u);
}

TEST_F(WebSocketServerTest, ClosesWithACodeThatSaysWhy) {
    auto thrown = Connect("/echo/throw");
    ASSERT_TRUE(thrown.ok()) << thrown.status();
    EXPECT_FALSE(runner_.Run(thrown->Receive(Soon())).ok());
    EXPECT_EQ(thrown->close_code(), kCloseInternalError);

    auto big = Connect("/echo/plain");
    EXPECT_TRUE(runner_.Run(big->Send(std::string(1001, 'x'), Soon())).ok());
    EXPECT_FALSE(runner_.Run(big->Receive(Soon())).ok());
    EXPECT_EQ(big->close_code(), kCloseTooBig);

    auto stopped = Connect("/echo/plain");
    stop_.Set();
    EXPECT_FALSE(runner_.Run(stopped->Receive(Soon())).ok());
    EXPECT_EQ(stopped->close_code(), kCloseGoingAway);
    runner_.Run(stopped_.Wait());
    EXPECT_EQ(server_->stats().connections_open, 0u);
}

TEST_F(WebSocketServerTest, LetsFiltersRefuseAnUpgrade) {
    EXPECT_EQ(Connect("/publish", false).status().code(), StatusCode::kPermissionDenied);
    EXPECT_EQ(Connect("/none").status().code(), StatusCode::kFailedPrecondition);
}

TEST_F(WebSocketServerTest, AnswersAPlainGetWith426) {
    const auto talk = [](auto* test) -> Task<std::string> {
        RawPeer peer(test->runner_.executor());
        co_await peer.Connect(test->server_->port());
        co_await peer.Send(
            "GET /publish HTTP/1.1\r\nHost: x\r\nX-Key: 1\r\nConnection: close\r\n\r\n"
        );
        co_return co_await peer.ReadToEnd();
    };
    const std::string answer = runner_.Run(talk(this));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(answer, ::testing::HasSubstr("X-Request-Id: 42"));
}

TEST_F(WebSocketServerTest, NoticesClientsThatVanish) {
    {
        auto socket = Connect("/echo/plain");
        EXPECT_EQ(server_->stats().websockets_open, 1u);
    }
    const auto gone = [](const HttpServer& server) -> Task<> {
        while (server.stats().connections_open > 0) co_await runtime::Sleep(1ms);
    };
    runner_.Run(gone(*server_));
}

}  // namespace
}  // namespace mp::net
