#include "net/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raw_peer.hpp"
#include "runtime/all_of.hpp"
#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"
#include "testing/run_task.hpp"

namespace mp::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Deadline Soon() {
    return Deadline::After(10s);
}

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class HttpClientTest : public ::testing::Test {
  protected:
    std::string Url(const std::string& path = "/") {
        return "http://127.0.0.1:" + std::to_string(listener_.port()) + path;
    }
    Task<Result<HttpClientResponse>> Get(HttpClient& client, Deadline deadline = Soon()) {
        return client.Send({HttpMethod::kGet, Url(), {}, ""}, deadline);
    }
    // Serves one connection: reads a request, sends an answer, for each of `answers`; then closes.
    Task<> Serve(std::vector<std::string> answers) {
        RawPeer peer(co_await listener_.Accept());
        for (const std::string& answer : answers) {
            requests_.push_back(co_await peer.ReadUntil("\r\n\r\n"));
            peer.Take();
            if (peer.ended()) co_return;
            co_await peer.Send(answer);
        }
    }

    testing::TaskRunner runner_;
    RawListener listener_{runner_.executor()};
    std::vector<std::string> requests_;
};

TEST_F(HttpClientTest, SendsAProperRequest) {
    HttpClient client(runner_.executor());
    runner_.Start(Serve({kOk}));
    HttpClientRequest request{HttpMethod::kPost, Url("/p?q=1#f"), {{"X-Key", "secret"}}, "body"};
    const auto response = runner_.Run(client.Send(std::move(request), Soon()));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body, "ok");
    const std::string port = std::to_string(listener_.port());
    EXPECT_THAT(
        requests_[0], HasSubstr("POST /p?q=1 HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n")
    );
    EXPECT_THAT(requests_[0], HasSubstr("Content-Length: 4\r\n"));
    EXPECT_THAT(requests_[0], HasSubstr("X-Key: secret\r\n"));
    EXPECT_THAT(requests_[0], HasSubstr("User-Agent: marketprism\r\n"));
}

TEST_F(HttpClientTest, RepeatsARequestThatMetAStaleConnection) {
    HttpClient client(runner_.executor());
    runner_.Start(Serve({kOk, ""}));  // takes the second request and closes without a word
    EXPECT_TRUE(runner_.Run(Get(client)).ok());
    runner_.Start(Serve({kOk}));
    const auto second = runner_.Run(Get(client));
    EXPECT_TRUE(second.ok()) << second.status();
    EXPECT_EQ(requests_.size(), 3u);
}

TEST_F(HttpClientTest, DoesNotRepeatAPost) {
    HttpClient client(runner_.executor());
    runner_.Start(Serve({kOk, ""}));
    EXPECT_TRUE(runner_.Run(Get(client)).ok());
    HttpClientRequest post{HttpMethod::kPost, Url(), {}, "x"};
    const auto second = runner_.Run(client.Send(std::move(post), Soon()));
    EXPECT_EQ(second.status().code(), StatusCode::kUnavailable);
    EXPECT_EQ(client.open_connections(), 0u);
}

TEST_F(HttpClientTest, DoesNotReuseWhatTheServerCloses) {
    HttpClient client(runner_.executor());
    runner_.Start(Serve({"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end"}));
    const auto response = runner_.Run(Get(client));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body, "until the end");
    EXPECT_EQ(client.open_connections(), 0u);
}

TEST_F(HttpClientTest, NoticesAnAnswerCutShort) {
    HttpClient client(runner_.executor());
    runner_.Start(Serve({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}));
    const auto response = runner_.Run(Get(client));
    EXPECT_EQ(response.status().code(), StatusCode::kUnavailable);
    EXPECT_THAT(response.status().ToString(), HasSubstr(std::to_string(listener_.port())));
}

TEST_F(HttpClientTest, BoundsAnswers) {
    HttpClientOptions options;
    options.max_body_bytes = 10;
    HttpClient client(runner_.executor(), options);
    runner_.Start(Serve({"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"}));
    EXPECT_EQ(runner_.Run(Get(client)).status().code(), StatusCode::kResourceExhausted);
    runner_.Start(Serve({"SSH-2.0-OpenSSH\r\n\r\n"}));
    EXPECT_EQ(runner_.Run(Get(client)).status().code(), StatusCode::kInternal);
}

TEST_F(HttpClientTest, KeepsItsDeadline) {
    HttpClient client(runner_.executor());
    const auto silent = runner_.Run(Get(client, Deadline::After(30ms)));  // nobody accepts
    EXPECT_EQ(silent.status().code(), StatusCode::kDeadlineExceeded) << silent.status();
    EXPECT_EQ(client.open_connections(), 0u);
}

TEST_F(HttpClientTest, ReportsARefusedConnection) {
    HttpClient client(runner_.executor());
    const std::string url = Url();
    listener_.Close();
    HttpClientRequest request{HttpMethod::kGet, url, {}, ""};
    const auto response = runner_.Run(client.Send(std::move(request), Soon()));
    EXPECT_EQ(response.status().code(), StatusCode::kUnavailable);
    EXPECT_THAT(response.status().ToString(), HasSubstr("refused"));
    HttpClientRequest websocket{HttpMethod::kGet, "ws://x/", {}, ""};
    const auto wrong = runner_.Run(client.Send(std::move(websocket), Soon()));
    EXPECT_EQ(wrong.status().code(), StatusCode::kInvalidArgument);
}

Task<Status> Succeeds(Task<Result<HttpClientResponse>> task) {
    const auto response = co_await std::move(task);
    co_return response.status();
}

TEST_F(HttpClientTest, LetsRequestsWaitForAConnection) {
    HttpClientOptions options;
    options.max_connections_per_origin = 1;
    HttpClient client(runner_.executor(), options);
    runner_.Start(Serve({kOk, kOk, kOk}));
    const Status all = runner_.Run(
        runtime::AllOf(Succeeds(Get(client)), Succeeds(Get(client)), Succeeds(Get(client)))
    );
    EXPECT_TRUE(all.ok()) << all;
    EXPECT_EQ(client.open_connections(), 1u);
    EXPECT_EQ(requests_.size(), 3u);
}

Task<Status> FailAfterRequest(const std::vector<std::string>& requests) {
    while (requests.empty()) co_await runtime::Sleep(1ms);
    co_return absl::AbortedError("enough");
}

TEST_F(HttpClientTest, ClosesTheConnectionOfACancelledRequest) {
    HttpClient client(runner_.executor());
    runner_.Start(Serve({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", ""}));
    const Status all =
        runner_.Run(runtime::AllOf(Succeeds(Get(client)), FailAfterRequest(requests_)));
    EXPECT_EQ(all.code(), StatusCode::kAborted);
    EXPECT_EQ(client.open_connections(), 0u);
}

TEST_F(HttpClientTest, ClosesConnectionsThatAreIdleTooLong) {
    HttpClientOptions options;
    options.idle_timeout = 20ms;
    HttpClient client(runner_.executor(), options);
    runner_.Start(Serve({kOk, ""}));
    EXPECT_TRUE(runner_.Run(Get(client)).ok());
    EXPECT_EQ(client.open_connections(), 1u);
    const auto closed = [](HttpClient& watched) -> Task<> {
        while (watched.open_connections() > 0) co_await runtime::Sleep(1ms);
    };
    runner_.Run(closed(client));
}

}  // namespace
}  // namespace mp::net
