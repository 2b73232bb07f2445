#include "net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

#include "net/http_client.hpp"
#include "raw_peer.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Deadline Soon() {
    return Deadline::After(10s);
}

// Counts down from `left`, one piece a call; with `fails` it ends in an error.
class Countdown final : public BodySource {
  public:
    Countdown(int left, bool fails) : left_(left), fails_(fails) {}

    Task<Result<bool>> Next(std::string& out) override {
        co_await runtime::Yield();
        if (left_ == 0 && fails_) co_return absl::DataLossError("the source broke");
        if (left_ > 0) out += std::to_string(left_--) + "\n";
        co_return left_ > 0 || fails_;
    }

  private:
    int left_;
    bool fails_;
};

// What the routes of the server under test share with the test.
struct World {
    runtime::Event entered;  // a request is inside /wait
    runtime::Event release;  // lets it go on
    bool cancelled = false;
};

Task<HttpResponse> Echo(const HttpRequest& request) {
    HttpResponse response = MakeResponse(200, "text/plain", request.body);
    response.headers.Add("X-Peer", request.peer);
    co_return response;
}

Task<HttpResponse> Wait(World& world) {
    world.entered.Set();
    try {
        co_await world.release.Wait();
    } catch (const std::exception&) {
        world.cancelled = true;
        throw;
    }
    co_return MakeResponse(200, "text/plain", "waited");
}

Task<HttpResponse> Stream(const HttpRequest& request) {
    HttpResponse response;
    response.headers.Add("Content-Type", "application/x-ndjson");
    response.stream = std::make_unique<Countdown>(3, request.query() == "fail");
    co_return response;
}

Task<HttpResponse> Fail(const HttpRequest&) {
    co_await runtime::Yield();
    throw std::runtime_error("out of luck");
}

Task<HttpResponse> Big(std::shared_ptr<const std::string> body) {
    HttpResponse response;
    response.shared_body = std::move(body);
    co_return response;
}

Task<> EchoSocket(WebSocket& socket, const HttpRequest& request) {
    if (request.query() == "fail") throw std::runtime_error("out of luck");
    for (;;) {
        const auto message = co_await socket.Receive(Deadline::After(30s));
        if (!message.ok() || message->data == "bye") co_return;
        const Status sent = co_await socket.Send(message->data, Soon());
        if (!sent.ok()) co_return;
    }
}

class HttpServerTest : public ::testing::Test {
  protected:
    void Start(HttpServerOptions options = {}) {
        Router router;
        const auto big = std::make_shared<const std::string>(3 << 20, 'b');
        router.Get("/hello", Echo);
        router.Post("/echo", Echo);
        router.Get("/wait", [this](const HttpRequest&) { return Wait(world_); });
        router.Get("/stream", Stream);
        router.Get("/fail", Fail);
        router.Get("/big", [big](const HttpRequest&) { return Big(big); });
        router.HandleWebSocket("/ws", EchoSocket);
        auto server = HttpServer::Listen(runner_.executor(), std::move(options), std::move(router));
        ASSERT_TRUE(server.ok()) << server.status();
        server_.emplace(*std::move(server));
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

    HttpClientResponse Ask(HttpMethod method, std::string path, std::string body = "") {
        HttpClientRequest request{method, Url(path), {}, std::move(body)};
        auto response = runner_.Run(client_.Send(std::move(request), Soon()));
        EXPECT_TRUE(response.ok()) << response.status();
        return response.ok() ? *std::move(response) : HttpClientResponse{};
    }
    std::string Url(const std::string& path) {
        return "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    }
    // Sends bytes on a connection of their own; what came back until the server closed it.
    std::string Exchange(std::string bytes) { return runner_.Run(ExchangeTask(std::move(bytes))); }
    Task<std::string> ExchangeTask(std::string bytes) {
        RawPeer peer(runner_.executor());
        co_await peer.Connect(server_->port());
        co_await peer.Send(std::move(bytes));
        co_return co_await peer.ReadToEnd();
    }

    testing::TaskRunner runner_;
    World world_;
    runtime::Event stop_;
    runtime::Event stopped_;
    std::optional<HttpServer> server_;
    HttpClient client_{runner_.executor()};
};

constexpr std::string_view kClose = "Host: x\r\nConnection: close\r\n\r\n";

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
    Start();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask(HttpMethod::kPost, "/echo", "ping").body, "ping");
    const HttpClientResponse hello = Ask(HttpMethod::kGet, "/hello");
    EXPECT_EQ(hello.status, 200);
    EXPECT_TRUE(hello.headers.Has("Date"));
    EXPECT_THAT(std::string(*hello.headers.Get("X-Peer")), StartsWith("127.0.0.1:"));
    EXPECT_EQ(Ask(HttpMethod::kGet, "/nothing").status, 404);
    EXPECT_EQ(server_->stats().connections_accepted, 1u);
    EXPECT_EQ(server_->stats().requests, 7u);
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthAlone) {
    Start();
    const HttpClientResponse head = Ask(HttpMethod::kHead, "/big");
    EXPECT_EQ(head.headers.Get("Content-Length"), std::to_string(3 << 20));
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(Ask(HttpMethod::kGet, "/big").body, std::string(3 << 20, 'b'));
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    Start();
    const std::string post = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n";
    const std::string answers =
        Exchange(post + "one" + post + "two" + "GET /none HTTP/1.1\r\n" + std::string(kClose));
    const size_t one = answers.find("\r\n\r\none");
    const size_t two = answers.find("\r\n\r\ntwo");
    const size_t none = answers.find("404 Not Found");
    EXPECT_LT(one, two);
    EXPECT_LT(two, none);
    EXPECT_NE(none, std::string::npos);
}

TEST_F(HttpServerTest, StreamsBodiesInChunks) {
    Start();
    const HttpClientResponse whole = Ask(HttpMethod::kGet, "/stream");
    EXPECT_EQ(whole.body, "3\n2\n1\n");
    EXPECT_EQ(whole.headers.Get("Transfer-Encoding"), "chunked");
    EXPECT_EQ(Ask(HttpMethod::kGet, "/hello").status, 200);
    EXPECT_EQ(server_->stats().connections_accepted, 1u);
    // HTTP/1.0 knows no chunks: the body ends with the connection.
    EXPECT_THAT(Exchange("GET /stream HTTP/1.0\r\n\r\n"), ::testing::EndsWith("\r\n\r\n3\n2\n1\n"));
}

TEST_F(HttpServerTest, CutsAStreamThatFails) {
    Start();
    HttpClientRequest request{HttpMethod::kGet, Url("/stream?fail"), {}, ""};
    const auto response = runner_.Run(client_.Send(std::move(request), Soon()));
    EXPECT_EQ(response.status().code(), StatusCode::kUnavailable) << response.status();
}

TEST_F(HttpServerTest, RefusesWhatIsNotProper) {
    HttpServerOptions options;
    options.max_header_bytes = 1024;
    options.max_body_bytes = 100;
    Start(options);
    EXPECT_THAT(Exchange("\x16\x03\x01 this is TLS\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(
        Exchange("GET / HTTP/1.1\r\nX: " + std::string(5000, 'x')), StartsWith("HTTP/1.1 431 ")
    );
    const std::string big = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" +
                            std::string(5000000, 'x');
    const std::string answer = Exchange(big);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(answer, HasSubstr(R"({"error":{"code":"PAYLOAD_TOO_LARGE")"));
    EXPECT_EQ(server_->stats().protocol_errors, 3u);
    EXPECT_EQ(server_->stats().requests, 0u);
}

TEST_F(HttpServerTest, LosesPatienceWithSlowClients) {
    HttpServerOptions options;
    options.header_timeout = 50ms;
    options.body_timeout = 50ms;
    options.idle_timeout = 50ms;
    Start(options);
    EXPECT_EQ(Exchange(""), "");
    EXPECT_THAT(Exchange("GET /hello HT"), StartsWith("HTTP/1.1 408 "));
    EXPECT_THAT(
        Exchange("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\npart"),
        StartsWith("HTTP/1.1 408 ")
    );
}

TEST_F(HttpServerTest, TellsWaitingClientsToContinue) {
    Start();
    const auto talk = [](auto* test) -> Task<std::string> {
        RawPeer peer(test->runner_.executor());
        co_await peer.Connect(test->server_->port());
        std::string head = "POST /echo HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n";
        co_await peer.Send(head + std::string(kClose));
        co_await peer.ReadUntil("\r\n\r\n");
        co_await peer.Send("body");
        co_return co_await peer.ReadToEnd();
    };
    const std::string answer = runner_.Run(talk(this));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\nbody"));
}

TEST_F(HttpServerTest, TurnsFailingHandlersInto500) {
    Start();
    const HttpClientResponse response = Ask(HttpMethod::kGet, "/fail");
    EXPECT_EQ(response.status, 500);
    EXPECT_THAT(response.body, HasSubstr("out of luck"));
    EXPECT_EQ(server_->stats().handler_failures, 1u);
    EXPECT_EQ(Ask(HttpMethod::kGet, "/hello").status, 200);
}

TEST_F(HttpServerTest, RefusesConnectionsAboveTheLimit) {
    HttpServerOptions options;
    options.max_connections = 1;
    Start(options);
    EXPECT_EQ(Ask(HttpMethod::kGet, "/hello").status, 200);
    const std::string answer = Exchange("GET /hello HTTP/1.1\r\n" + std::string(kClose));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
    EXPECT_EQ(server_->stats().connections_refused, 1u);
}

TEST_F(HttpServerTest, SaysWhichPortIsInUse) {
    Start();
    HttpServerOptions options;
    options.port = server_->port();
    const auto second = HttpServer::Listen(runner_.executor(), options, Router());
    EXPECT_EQ(second.status().code(), StatusCode::kAlreadyExists);
    const std::string name = "127.0.0.1:" + std::to_string(server_->port());
    EXPECT_THAT(second.status().ToString(), HasSubstr(name));
    options.host = "localhost";
    EXPECT_FALSE(HttpServer::Listen(runner_.executor(), options, Router()).ok());
}

TEST_F(HttpServerTest, FinishesRequestsInFlightWhenStopped) {
    Start();
    EXPECT_EQ(Ask(HttpMethod::kGet, "/hello").status, 200);  // leaves an idle connection
    const auto scenario = [](auto* test) -> Task<std::string> {
        RawPeer peer(test->runner_.executor());
        co_await peer.Connect(test->server_->port());
        co_await peer.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
        co_await test->world_.entered.Wait();
        test->stop_.Set();
        co_await runtime::Yield();
        RawPeer late(test->runner_.executor());
        bool refused = false;
        try {
            co_await late.Connect(test->server_->port());
        } catch (const std::exception&) {
            refused = true;
        }
        EXPECT_TRUE(refused);
        test->world_.release.Set();
        std::string answer = co_await peer.ReadToEnd();
        peer.Close();
        co_await test->stopped_.Wait();
        co_return answer;
    };
    const std::string answer = runner_.Run(scenario(this));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, ::testing::EndsWith("waited"));
    EXPECT_EQ(server_->stats().connections_open, 0u);
}

TEST_F(HttpServerTest, CancelsHandlersThatOutlastTheDrain) {
    HttpServerOptions options;
    options.drain_timeout = 20ms;
    Start(options);
    const auto scenario = [](auto* test) -> Task<std::string> {
        RawPeer peer(test->runner_.executor());
        co_await peer.Connect(test->server_->port());
        co_await peer.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
        co_await test->world_.entered.Wait();
        test->stop_.Set();
        co_await test->stopped_.Wait();
        co_return co_await peer.ReadToEnd();
    };
    EXPECT_EQ(runner_.Run(scenario(this)), "");
    EXPECT_TRUE(world_.cancelled);
}

TEST_F(HttpServerTest, ClosesConnectionsOfClientsThatVanish) {
    Start();
    const auto scenario = [](auto* test) -> Task<> {
        RawPeer peer(test->runner_.executor());
        co_await peer.Connect(test->server_->port());
        co_await peer.Send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
        co_await peer.ReadUntil("bbb");
        peer.Close();
        while (test->server_->stats().connections_open > 0) co_await runtime::Sleep(1ms);
    };
    runner_.Run(scenario(this));
}

}  // namespace
}  // namespace mp::net
