#include "telemetry/health.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "runtime/cancellation.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/routes.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::telemetry {
namespace {

using namespace std::chrono_literals;
using mp::testing::ManualClock;
using mp::testing::RunTask;
using nlohmann::json;

Task<Status> Returns(Status status) {
    co_await runtime::Sleep(1ms);
    co_return status;
}
Task<Status> Hangs() {
    co_await runtime::Sleep(1h);
    co_return OkStatus();
}
Task<Status> Throws() {
    co_await runtime::Yield();
    throw std::runtime_error("broken");
}
Task<Status> LeaksACancellation() {
    co_await runtime::Yield();
    runtime::ThrowCancelled();
}

ServiceIdentity Identity() {
    return {.service = "test-service", .instance = "i-1", .version = "1.0.0", .grpc_port = 50051};
}

TEST(Health, TellsWhoItIsAndThatAllIsWell) {
    ManualClock clock(1'704'067'200 * kSecond);
    Health health(Identity(), 2s, clock);
    health.AddDependency("nats", [] { return Returns(OkStatus()); });
    health.AddCheck("spool", [] { return true; });
    clock.Advance(90s);
    const json report = json::parse(RunTask(health.Report()).ToJson());
    EXPECT_EQ(report["service"], "test-service");
    EXPECT_EQ(report["instance"], "i-1");
    EXPECT_EQ(report["version"], "1.0.0");
    EXPECT_EQ(report["grpc_port"], 50051);
    EXPECT_EQ(report["status"], "healthy");
    EXPECT_EQ(report["timestamp"], "2024-01-01T00:01:30.000000000Z");
    EXPECT_EQ(report["uptime_seconds"], 90);
    EXPECT_EQ(report["dependencies"]["nats"]["status"], "healthy");
    EXPECT_GE(report["dependencies"]["nats"]["latency_ms"], 1.0);
    EXPECT_FALSE(report["dependencies"]["nats"].contains("error"));
    EXPECT_EQ(report["checks"], json::parse(R"({"spool":true})"));
}

TEST(Health, CountsWhatFailsThrowsOrHangsAsFailed) {
    Health health(Identity(), 20ms);
    health.AddDependency("fails", [] { return Returns(absl::UnavailableError("away \xff")); });
    health.AddDependency("throws", [] { return Throws(); });
    health.AddDependency("hangs", [] { return Hangs(); });
    health.AddDependency("leaks", [] { return LeaksACancellation(); });
    health.AddDependency("cannot start", []() -> Task<Status> { throw std::runtime_error("no"); });
    health.AddDependency("works", [] { return Returns(OkStatus()); });
    health.AddCheck("check", []() -> bool { throw std::runtime_error("no"); });
    const json report = json::parse(RunTask(health.Report()).ToJson());
    EXPECT_EQ(report["status"], "unhealthy");
    for (const char* name : {"fails", "throws", "hangs", "leaks", "cannot start"}) {
        EXPECT_EQ(report["dependencies"][name]["status"], "unhealthy") << name;
        EXPECT_NE(report["dependencies"][name]["error"], "") << name;
    }
    EXPECT_EQ(report["dependencies"]["works"]["status"], "healthy");
    EXPECT_EQ(report["checks"]["check"], false);
}

TEST(Health, RunsItsProbesSideBySide) {
    Health health(Identity(), 100ms);
    for (int i = 0; i < 20; ++i) {
        health.AddDependency("hangs-" + std::to_string(i), [] { return Hangs(); });
    }
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(RunTask(health.Report()).status, HealthStatus::kUnhealthy);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

TEST(Health, ALesserFailureDegrades) {
    Health health(Identity());
    const auto fails = [] { return Returns(absl::UnavailableError("away")); };
    health.AddDependency("cache", fails, Severity::kDegrading);
    EXPECT_EQ(RunTask(health.Report()).status, HealthStatus::kDegraded);
    health.AddCheck("spool", [] { return false; });
    EXPECT_EQ(RunTask(health.Report()).status, HealthStatus::kUnhealthy);
}

TEST(Health, ShowsWhatOnlyInformsWithoutBlame) {
    Health health(Identity());
    health.AddCheck(
        "task_queue", [] { return false; }, Severity::kInforming
    );
    const auto report = RunTask(health.Report());
    EXPECT_EQ(report.status, HealthStatus::kHealthy);
    EXPECT_FALSE(report.checks.at(0).second);
}

TEST(Health, UnwindsWhenItsCallerIsCancelled) {
    Health health(Identity(), 1h);
    health.AddDependency("hangs", [] { return Hangs(); });
    const auto result = RunTask(runtime::FirstOf(health.Report(), runtime::Sleep(1ms)));
    EXPECT_EQ(result.index(), 1u);
}

class RoutesTest : public ::testing::Test {
  protected:
    RoutesTest() { MountTelemetry(router_, metrics_, health_); }

    net::HttpResponse Get(const std::string& path) {
        net::HttpRequest request;
        request.target = path;
        return RunTask(router_.Dispatch(request));
    }

    MetricRegistry metrics_;
    Health health_{Identity()};
    net::Router router_;
};

TEST_F(RoutesTest, AnswerByHealth) {
    bool fine = true;
    health_.AddCheck("fine", [&] { return fine; });
    EXPECT_EQ(Get("/health").status, 200);
    EXPECT_EQ(json::parse(Get("/health").body)["status"], "healthy");
    fine = false;
    EXPECT_EQ(Get("/health").status, 503);
    EXPECT_EQ(json::parse(Get("/health").body)["status"], "unhealthy");
    EXPECT_EQ(Get("/health/live").status, 200);
}

TEST_F(RoutesTest, AreReadyOnlyWhenTheServiceSaysSoAndIsHealthy) {
    bool fine = true;
    health_.AddCheck("fine", [&] { return fine; });
    EXPECT_EQ(Get("/health/ready").status, 503);
    health_.SetReady(true);
    EXPECT_EQ(Get("/health/ready").status, 200);
    fine = false;
    EXPECT_EQ(Get("/health/ready").status, 503);
    fine = true;
    health_.SetReady(false);
    EXPECT_EQ(Get("/health/ready").status, 503);
}

TEST_F(RoutesTest, ShowTheMetrics) {
    metrics_.MakeCounter("x_total", "X.").Add(2);
    const net::HttpResponse response = Get("/metrics");
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, ::testing::HasSubstr("\nx_total 2\n"));
    EXPECT_EQ(response.headers.Get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace
}  // namespace mp::telemetry
