#include "telemetry/server.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "net/http_client.hpp"
#include "testing/run_task.hpp"

namespace mp::telemetry {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Task<Result<net::HttpClientResponse>> Get(net::HttpClient& client, std::string url) {
    net::HttpClientRequest request;
    request.url = std::move(url);
    co_return co_await client.Send(std::move(request), Deadline::After(10s));
}

class ServerTest : public ::testing::Test {
  protected:
    Result<Server> Listen(uint16_t port) {
        return Server::Listen(runner_.executor(), "127.0.0.1", port, metrics_, health_);
    }

    mp::testing::TaskRunner runner_;
    MetricRegistry metrics_;
    Health health_{ServiceIdentity{.service = "test-service", .instance = "i-1"}};
};

TEST_F(ServerTest, AnswersOverHttp) {
    Result<Server> server = Listen(0);
    ASSERT_TRUE(server.ok()) << server.status();
    metrics_.MakeCounter("x_total", "X.").Add(7);
    net::HttpClient client(runner_.executor());
    const std::string base = "http://127.0.0.1:" + std::to_string(server->port());
    runner_.Start(server->Run());
    const auto health = runner_.Run(Get(client, base + "/health"));
    ASSERT_TRUE(health.ok()) << health.status();
    EXPECT_EQ(health->status, 200);
    EXPECT_THAT(health->body, HasSubstr(R"("service":"test-service")"));
    const auto metrics = runner_.Run(Get(client, base + "/metrics"));
    ASSERT_TRUE(metrics.ok()) << metrics.status();
    EXPECT_THAT(metrics->body, HasSubstr("\nx_total 7\n"));
    EXPECT_EQ(runner_.Run(Get(client, base + "/health/ready"))->status, 503);
    EXPECT_EQ(runner_.Run(Get(client, base + "/nowhere"))->status, 404);
}

TEST_F(ServerTest, ReportsAPortInUse) {
    const Result<Server> first = Listen(0);
    ASSERT_TRUE(first.ok());
    const Result<Server> second = Listen(first->port());
    EXPECT_FALSE(second.ok());
    EXPECT_THAT(std::string(MessageOf(second.status())), HasSubstr(std::to_string(first->port())));
}

}  // namespace
}  // namespace mp::telemetry
