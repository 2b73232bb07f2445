#include "config/startup.hpp"

#include <array>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "config/service_config.hpp"
#include "testing/temp_dir.hpp"

namespace mp::config {
namespace {

using namespace std::chrono_literals;
using mp::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct TestConfig {
    ServiceConfig service;
    int size = 5;
    std::string key;
};

void ReadTestConfig(Reader& reader, TestConfig& config) {
    config.service.name = "test-service";
    config.service.http.port = 8001;
    config.service.grpc.port = 50051;
    Read(reader, &config.service);
    reader.Get("size", &config.size, Between(1, 10));
    reader.GetSecret("key", &config.key);
}

Program ProgramAt(const TempDir& directory) {
    return {.name = "mp-test", .description = "A test.", .config_dir = directory.path()};
}

template <size_t N>
Startup<TestConfig> StartWith(const Program& program, std::array<const char*, N> arguments) {
    return Start<TestConfig>(static_cast<int>(N), arguments.data(), program, ReadTestConfig);
}

TEST(Startup, GivesTheConfiguration) {
    const TempDir directory;
    directory.Write("base.yaml", "size: 6\nhttp: {host: 0.0.0.0}\nlog: {level: warn}\n");
    const auto startup = StartWith(
        ProgramAt(directory), std::array{"mp-test", "--set", "size=7", "--set", "http.port=0"}
    );
    ASSERT_EQ(startup.exit_code, std::nullopt);
    EXPECT_EQ(startup.config.size, 7);
    EXPECT_EQ(startup.config.service.name, "test-service");
    EXPECT_EQ(startup.config.service.http.host, "0.0.0.0");
    EXPECT_EQ(startup.config.service.http.port, 0);
    EXPECT_EQ(startup.config.service.grpc.port, 50051);
    EXPECT_EQ(startup.config.service.advertise_host, "127.0.0.1");
    EXPECT_EQ(startup.config.service.log_level, "warn");
    EXPECT_EQ(startup.config.service.drain_timeout, 20s);
    EXPECT_FALSE(startup.config.service.instance.empty());
}

TEST(Startup, ReloadReadsTheFilesAgainAndRefusesBadOnes) {
    const TempDir directory;
    directory.Write("base.yaml", "size: 6\n");
    const auto startup = StartWith(ProgramAt(directory), std::array{"mp-test"});
    directory.Write("base.yaml", "size: 8\n");
    const auto fresh = startup.Reload();
    ASSERT_TRUE(fresh.ok()) << fresh.status();
    EXPECT_EQ(fresh->config.size, 8);
    EXPECT_EQ(fresh->config.service.instance, startup.config.service.instance);
    directory.Write("base.yaml", "size: 80\n");
    EXPECT_FALSE(startup.Reload().ok());
}

TEST(Startup, ReloadNamesTheKeysThatWaitForARestart) {
    const TempDir directory;
    directory.Write("base.yaml", "size: 6\nhttp: {port: 8001}\nkey: one\n");
    Program program = ProgramAt(directory);
    program.taken_at_run_time = {"log.level"};
    const auto startup = StartWith(program, std::array{"mp-test"});
    directory.Write("base.yaml", "size: 8\nhttp: {port: 8002}\nlog: {level: warn}\nkey: two\n");
    for (int times = 0; times < 2; ++times) {
        const auto fresh = startup.Reload();
        ASSERT_TRUE(fresh.ok()) << fresh.status();
        EXPECT_EQ(fresh->config.service.log_level, "warn");
        EXPECT_THAT(fresh->waiting, ElementsAre("http.port", "key", "size"));
    }
    directory.Write("base.yaml", "size: 6\nhttp: {port: 8001}\nkey: one\n");
    EXPECT_THAT(startup.Reload()->waiting, IsEmpty());
}

TEST(Startup, ExitsWithTwoOnBadConfiguration) {
    const TempDir directory;
    directory.Write("base.yaml", "size: 60\nsizes: 1\n");
    ::testing::internal::CaptureStderr();
    const auto startup = StartWith(ProgramAt(directory), std::array{"mp-test"});
    const std::string output = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(startup.exit_code, 2);
    EXPECT_THAT(output, HasSubstr("base.yaml:1: size: must lie between 1 and 10, got 60\n"));
    EXPECT_THAT(output, HasSubstr("base.yaml:2: sizes: unknown key, did you mean \"size\"?\n"));
}

TEST(Startup, ChecksTheConfigurationAndLeaves) {
    const TempDir directory;
    directory.Write("base.yaml", "size: 6\n");
    ::testing::internal::CaptureStdout();
    const auto startup = StartWith(ProgramAt(directory), std::array{"mp-test", "--check-config"});
    EXPECT_EQ(startup.exit_code, 0);
    const std::string output = ::testing::internal::GetCapturedStdout();
    EXPECT_THAT(output, HasSubstr("size: 6  # " + (directory / "base.yaml").string() + ":1\n"));
    EXPECT_THAT(output, HasSubstr("  port: 8001  # default\n"));
}

TEST(Startup, ExplainsUsage) {
    const TempDir directory;
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(StartWith(ProgramAt(directory), std::array{"mp-test", "--help"}).exit_code, 0);
    EXPECT_EQ(StartWith(ProgramAt(directory), std::array{"mp-test", "--version"}).exit_code, 0);
    EXPECT_EQ(StartWith(ProgramAt(directory), std::array{"mp-test", "--bogus"}).exit_code, 2);
    EXPECT_EQ(StartWith(ProgramAt(directory), std::array{"mp-test", "--env"}).exit_code, 2);
    EXPECT_EQ(StartWith(ProgramAt(directory), std::array{"mp-test", "stray"}).exit_code, 2);
    EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("mp-test " MP_VERSION));
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("--bogus"));
}

TEST(Startup, WantsTheFileOfANamedEnvironment) {
    const TempDir directory;
    directory.Write("base.yaml", "size: 6\n");
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(StartWith(ProgramAt(directory), std::array{"mp-test", "--env", "prod"}).exit_code, 2);
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("prod.yaml: cannot be read"));
}

}  // namespace
}  // namespace mp::config
