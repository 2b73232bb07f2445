#include <chrono>
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>

#include "testing/captures.hpp"
#include "testing/child_process.hpp"
#include "testing/eventually.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"

namespace mp::testing {
namespace {

using namespace std::chrono_literals;

// Sets a variable of this process for one test.
class ScopedVariable {
  public:
    ScopedVariable(const char* name, const std::string& value) : name_(name) {
        if (const char* old = std::getenv(name)) old_ = old;
        setenv(name, value.c_str(), 1);
    }
    ~ScopedVariable() {
        if (old_) {
            setenv(name_, old_->c_str(), 1);
        } else {
            unsetenv(name_);
        }
    }

  private:
    const char* name_;
    std::optional<std::string> old_;
};

TEST(TempDir, GoesAwayWithItsContent) {
    std::filesystem::path path;
    {
        const TempDir directory;
        path = directory.path();
        EXPECT_EQ(ReadFile(directory.Write("a/b.txt", "text")), "text");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ChildProcess, GivesOutputAndExitCode) {
    ChildProcess child({.program = "sh", .arguments = {"-c", "echo out; echo err >&2; exit 3"}});
    EXPECT_EQ(child.WaitForExit(10s), 3);
    EXPECT_EQ(child.Output(), "out\nerr\n");
    EXPECT_FALSE(child.Running());
}

TEST(ChildProcess, PassesEnvironmentAndDirectory) {
    const TempDir directory;
    ChildProcess child(
        {.program = "sh",
         .arguments = {"-c", "echo $MP_TEST_VARIABLE $(pwd)"},
         .environment = {{"MP_TEST_VARIABLE", "set"}},
         .directory = directory.path()}
    );
    EXPECT_TRUE(child.WaitForOutput("set " + directory.path().string(), 10s));
}

TEST(ChildProcess, ReportsDeathBySignal) {
    ChildProcess child({.program = "sleep", .arguments = {"1000"}});
    EXPECT_TRUE(child.Running());
    EXPECT_EQ(child.WaitForExit(0ms), std::nullopt);
    EXPECT_EQ(child.Terminate(10s), 128 + SIGTERM);
}

TEST(ChildProcess, StopsWaitingWhenTheChildHasEnded) {
    ChildProcess child({.program = "true"});
    EXPECT_FALSE(child.WaitForOutput("never", 1h));
    EXPECT_EQ(child.WaitForExit(10s), 0);
}

TEST(ChildProcess, KillsWhatItsChildStarted) {
    pid_t grandchild = 0;
    {
        ChildProcess child({.program = "sh", .arguments = {"-c", "sleep 1000 & echo pid=$!.; wait"}}
        );
        ASSERT_TRUE(child.WaitForOutput(".", 10s));
        grandchild = static_cast<pid_t>(std::stol(child.Output().substr(4)));
        EXPECT_EQ(kill(grandchild, 0), 0);
    }
    // Whoever adopts it may take a moment to reap it; a zombie is dead as well.
    EXPECT_TRUE(Eventually([&] {
        const std::string stat = ReadFile("/proc/" + std::to_string(grandchild) + "/stat");
        return stat.empty() || stat.find(") Z") != std::string::npos;
    }));
}

TEST(ChildProcess, SaysWhenTheProgramDoesNotExist) {
    ChildProcess child({.program = "mp-no-such-program"});
    EXPECT_EQ(child.WaitForExit(10s), 127);
    EXPECT_NE(child.Output().find("cannot execute"), std::string::npos);
}

TEST(ManualClock, MovesOnlyWhenTold) {
    ManualClock clock(100);
    EXPECT_EQ(clock.Now(), 100);
    clock.Advance(5ns);
    EXPECT_EQ(clock.Now(), 105);
    EXPECT_EQ(clock.Steady(), 105);
}

TEST(Captures, ReadsRecordsAndNamesABadLine) {
    const TempDir directory;
    const ScopedVariable root("MP_CAPTURES", directory.path().string());
    directory.Write(
        "a.jsonl",
        R"({"exchange":"x","market":"spot","channel":"c","data_type":"trade","transport":"ws",)"
        R"("recv_ts_ns":12,"url_or_stream":"wss://x","direction":"in","raw":"{\"p\":\"1\"}"})"
        "\n"
        R"({"exchange":"x","data_type":"bbo","recv_ts_ns":null,"raw":""})"
        "\n"
    );
    directory.Write("bad.jsonl", "{}\n{\n");
    const auto records = LoadCapture("a.jsonl");
    ASSERT_TRUE(records.ok()) << records.status();
    ASSERT_EQ(records->size(), 2u);
    EXPECT_EQ((*records)[0].raw, R"({"p":"1"})");
    EXPECT_EQ((*records)[0].received_ts, 12);
    EXPECT_EQ((*records)[1].received_ts, std::nullopt);

    const auto is_bbo = [](const CaptureRecord& record) { return record.data_type == "bbo"; };
    EXPECT_EQ(LoadCapture("a.jsonl", is_bbo)->size(), 1u);
    EXPECT_NE(LoadCapture("bad.jsonl").status().message().find("bad.jsonl:2:"), std::string::npos);
    EXPECT_TRUE(absl::IsNotFound(LoadCapture("none.jsonl").status()));
}

TEST(Captures, ReadsARealOne) {
    MP_SKIP_WITHOUT_CAPTURES();
    const auto records = LoadCapture("hftbacktest/binance-spot_btcusdt_20240808.jsonl");
    ASSERT_TRUE(records.ok()) << records.status();
    EXPECT_GT(records->size(), 1000u);
}

}  // namespace
}  // namespace mp::testing
