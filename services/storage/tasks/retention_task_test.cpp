#include "storage/tasks/retention_task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

class RetentionTaskTest : public ::testing::Test {
  protected:
    RetentionTaskTest() {
        Append(engine_, {TestTrade(0, 1), TestTrade(100 * kSecond, 2), TestBbo(10 * kSecond, 1)});
        Claim(engine_, {{{0, 200 * kSecond}}});
    }

    Result<std::string> Run(Duration retention, const std::string& payload) {
        RetentionTask task(engine_, pool_, retention, clock_);
        tasks::Task description;
        description.set_payload_json(payload);
        tasks::TaskContext context(description, "w", 0, Deadline::After(10s));
        return testing::RunTask(task.Run(context));
    }

    testing::ManualClock clock_{150 * kSecond};
    MemoryEngine engine_;
    runtime::BlockingPool pool_{"test", 1, 8};
};

TEST_F(RetentionTaskTest, DeletesWhatIsOlderThanConfigured) {
    EXPECT_EQ(Run(100s, "{}").value(), R"({"deleted":2,"series":2})");
    EXPECT_EQ(Rows(engine_, TestSeries(model::DataType::kTrade)).size(), 1u);
    EXPECT_EQ(Gaps(engine_, {0, 200 * kSecond}), "0-1 retention");
    EXPECT_EQ(Run(100s, "{}").value(), R"({"deleted":0,"series":0})");
}

TEST_F(RetentionTaskTest, ATaskMaySayHowOld) {
    EXPECT_EQ(Run(0s, R"({"older_than":"1s"})").value(), R"({"deleted":3,"series":2})");
}

TEST_F(RetentionTaskTest, WithoutRetentionNothingIsDeleted) {
    EXPECT_EQ(Run(0s, "").value(), R"({"deleted":0,"series":0})");
}

TEST_F(RetentionTaskTest, RefusesWhatItDoesNotUnderstand) {
    for (const char* payload : {"[]", "{", R"({"older_than":5})", R"({"older_than":"0s"})"}) {
        EXPECT_EQ(Run(1s, payload).status().code(), StatusCode::kInvalidArgument) << payload;
    }
}

}  // namespace
}  // namespace mp::storage
