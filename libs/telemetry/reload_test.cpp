#include "telemetry/reload.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "config/service_config.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/run.hpp"
#include "testing/temp_dir.hpp"

namespace mp::telemetry {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct TestConfig {
    config::ServiceConfig service;
    int limit = 1;
    int size = 1;
};

void ReadTestConfig(config::Reader& reader, TestConfig& config) {
    config.service.name = "test";
    config::Read(reader, &config.service);
    reader.Get("limit", &config.limit);
    reader.Get("size", &config.size, config::Between(1, 10));
}

config::Startup<TestConfig> StartAt(const testing::TempDir& directory) {
    const config::Program program{
        .name = "mp-test",
        .description = "A test.",
        .config_dir = directory.path(),
        .taken_at_run_time = {"log.level", "limit"}};
    const std::array arguments{"mp-test"};
    return config::Start<TestConfig>(1, arguments.data(), program, ReadTestConfig);
}

// Raises SIGHUP and waits until `taken` says that the files have been read again.
Task<Status> Reload(runtime::Event& taken) {
    std::raise(SIGHUP);
    const bool in_time = co_await taken.Wait(Deadline::After(10s));
    co_return in_time ? OkStatus() : absl::DeadlineExceededError("not read again");
}

TEST(Reload, TakesWhatMayChangeAndNamesWhatWaitsForARestart) {
    const testing::TempDir directory;
    directory.Write("base.yaml", "limit: 1\nsize: 1\n");
    const auto startup = StartAt(directory);
    directory.Write("base.yaml", "limit: 2\nsize: 2\n");
    SetupLogging(LogLevel::kInfo, LogFormat::kJson);
    ::testing::internal::CaptureStdout();
    asio::io_context io;
    runtime::Event taken;
    std::vector<int> limits;
    auto reloads = FollowReloads<TestConfig>(startup, [&limits, &taken](const TestConfig& fresh) {
        limits.push_back(fresh.limit);
        taken.Set();
    });
    EXPECT_EQ(runtime::Run(io, runtime::FirstOf(std::move(reloads), Reload(taken))), 0);
    const std::string output = ::testing::internal::GetCapturedStdout();
    EXPECT_THAT(limits, ElementsAre(2));
    EXPECT_THAT(output, HasSubstr("changed keys wait for a restart\",\"keys\":\"size\""));
}

TEST(Reload, SaysNothingOfWaitingWhereNothingWaits) {
    SetupLogging(LogLevel::kInfo, LogFormat::kJson);
    ::testing::internal::CaptureStdout();
    LogReload({});
    const std::string output = ::testing::internal::GetCapturedStdout();
    EXPECT_THAT(output, HasSubstr("configuration read again"));
    EXPECT_THAT(output, Not(HasSubstr("restart")));
}

}  // namespace
}  // namespace mp::telemetry
