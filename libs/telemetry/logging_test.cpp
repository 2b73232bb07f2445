#include "telemetry/logging.hpp"

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <spdlog/spdlog.h>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

namespace mp::telemetry {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::EndsWith;

// What `write` puts on stdout, line by line.
template <typename Write>
std::vector<std::string> Lines(Write write) {
    ::testing::internal::CaptureStdout();
    write();
    std::istringstream output(::testing::internal::GetCapturedStdout());
    std::vector<std::string> lines;
    for (std::string line; std::getline(output, line);) lines.push_back(line);
    return lines;
}

TEST(Logging, WritesJsonLines) {
    SetupLogging(LogLevel::kInfo, LogFormat::kJson);
    const Logger log = Logger("collector").With({{"trace_id", "abc"}});
    const auto lines = Lines([&] {
        log.Warn(
            "session \"ended\"\n",
            {{"venue", "bin\"ance"},
             {"attempt", 3},
             {"ratio", 0.5},
             {"endless", std::numeric_limits<double>::infinity()},
             {"last", false},
             {"reason", absl::NotFoundError("x")},
             {"pause", Duration(250ms)},
             {"bytes", "\xff\xfe"}}
        );
    });
    ASSERT_EQ(lines.size(), 1u);
    const json line = json::parse(lines[0]);
    EXPECT_EQ(line["level"], "warn");
    EXPECT_EQ(line["logger"], "collector");
    EXPECT_EQ(line["msg"], "session \"ended\"\n");
    EXPECT_EQ(line["trace_id"], "abc");
    EXPECT_EQ(line["venue"], "bin\"ance");
    EXPECT_EQ(line["attempt"], 3);
    EXPECT_EQ(line["ratio"], 0.5);
    EXPECT_EQ(line["endless"], "inf");
    EXPECT_EQ(line["last"], false);
    EXPECT_EQ(line["reason"], "NOT_FOUND: x");
    EXPECT_EQ(line["pause"], "250ms");
    EXPECT_EQ(line["ts"].get<std::string>().size(), 30u);
}

TEST(Logging, WritesTextThatCannotForgeLines) {
    SetupLogging(LogLevel::kInfo, LogFormat::kText);
    const auto lines = Lines([] {
        Logger("bus").Error(
            "lost\nconnection", {{"url", "nats://x"}, {"why", "a b"}, {"none", ""}}
        );
    });
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(
        lines[0], EndsWith(" error bus: lost?connection url=nats://x why=\"a b\" none=\"\"")
    );
}

TEST(Logging, ObeysTheLevel) {
    SetupLogging(LogLevel::kWarn, LogFormat::kText);
    const Logger log("x");
    EXPECT_FALSE(Logger::Enabled(LogLevel::kInfo));
    EXPECT_EQ(Lines([&] { log.Info("no"); }).size(), 0u);
    SetLogLevel(LogLevel::kDebug);
    EXPECT_EQ(Lines([&] { log.Debug("yes"); }).size(), 1u);
    SetLogLevel(LogLevel::kOff);
    EXPECT_EQ(Lines([&] { log.Critical("no"); }).size(), 0u);
}

TEST(Logging, ShapesForeignLinesToo) {
    SetupLogging(LogLevel::kInfo, LogFormat::kJson);
    const auto lines = Lines([] { spdlog::critical("process failed: {}", "x"); });
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(json::parse(lines[0])["msg"], "process failed: x");
    EXPECT_EQ(json::parse(lines[0])["level"], "critical");
}

TEST(Logging, KeepsLinesOfThreadsApart) {
    SetupLogging(LogLevel::kInfo, LogFormat::kJson);
    const auto lines = Lines([] {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([t] {
                const Logger log("thread");
                for (int i = 0; i < 200; ++i) log.Info("line", {{"t", t}, {"again", t}});
            });
        }
    });
    EXPECT_EQ(lines.size(), 800u);
    for (const std::string& text : lines) {
        const json line = json::parse(text);
        EXPECT_EQ(line["t"], line["again"]);
    }
}

TEST(Logging, ParsesItsSettings) {
    EXPECT_EQ(*ParseLogLevel("error"), LogLevel::kError);
    EXPECT_EQ(*ParseLogFormat("json"), LogFormat::kJson);
    EXPECT_FALSE(ParseLogLevel("loud").ok());
    EXPECT_FALSE(ParseLogFormat("xml").ok());
}

TEST(LogThrottle, LetsOneThroughAndCountsTheRest) {
    LogThrottle rare(1h);
    EXPECT_EQ(rare.Allow(), 0u);
    EXPECT_EQ(rare.Allow(), std::nullopt);
    LogThrottle always(0ns);
    EXPECT_EQ(always.Allow(), 0u);
    EXPECT_EQ(always.Allow(), 0u);
}

}  // namespace
}  // namespace mp::telemetry
