#include "storage/tasks/shard_move_task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "storage/engines/test/wrapped_engine.hpp"
#include "testing/run_task.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Moves in three calls, of which the second has nothing to do yet.
class MovingEngine final : public WrappedEngine {
  public:
    Result<MoveSlice> MoveInstrument(
        const model::Instrument& instrument, std::string_view to, std::string_view resume
    ) override {
        asked.push_back(model::InstrumentKey(instrument) + ">" + std::string(to));
        resumes.emplace_back(resume);
        if (!outcome.ok()) return outcome;
        if (resume.empty()) return MoveSlice{7, "one"};
        if (resume == "one") return MoveSlice{0, "two"};
        return MoveSlice{5, ""};
    }

    std::vector<std::string> asked;
    std::vector<std::string> resumes;
    Status outcome;
};

class ShardMoveTaskTest : public ::testing::Test {
  protected:
    Result<std::string> Run(const std::string& payload) {
        ShardMoveTask task(engine_, pool_);
        tasks::Task description;
        description.set_payload_json(payload);
        tasks::TaskContext context(description, "w", 0, Deadline::After(10s));
        return testing::RunTask(task.Run(context));
    }

    MovingEngine engine_;
    runtime::BlockingPool pool_{"test", 1, 8};
};

constexpr char kOrder[] = R"({"exchange":"binance","market":"spot","symbol":"BTC-USDT","to":"b"})";

TEST_F(ShardMoveTaskTest, GoesOnUntilAllIsMoved) {
    EXPECT_EQ(Run(kOrder).value(), R"({"rows":12,"to":"b"})");
    EXPECT_EQ(engine_.asked.front(), "binance|spot|BTC-USDT>b");
    EXPECT_THAT(engine_.resumes, ElementsAre("", "one", "two"));
}

TEST_F(ShardMoveTaskTest, SaysWhyNothingMoves) {
    EXPECT_THAT(Run(R"({"to":"b"})").status().ToString(), HasSubstr("no instrument"));
    EXPECT_THAT(
        Run(R"({"exchange":"binance","market":"spot","symbol":"BTC-USDT"})").status().ToString(),
        HasSubstr("to: no shard is named")
    );
    EXPECT_FALSE(Run(R"({"colour":"red"})").ok());
    EXPECT_TRUE(engine_.asked.empty());
    engine_.outcome = absl::UnavailableError("away");
    EXPECT_TRUE(absl::IsUnavailable(Run(kOrder).status()));
}

}  // namespace
}  // namespace mp::storage
