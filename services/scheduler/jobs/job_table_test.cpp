#include "scheduler/jobs/job_table.hpp"

#include <gtest/gtest.h>
#include <string>

#include "runtime/first_of.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;

Job MakeTestJob(const std::string& id) {
    JobSpec spec;
    spec.id = id;
    spec.kind = id;
    spec.schedule = "every 1h";
    return MakeJob(spec).value();
}

class JobTableTest : public ::testing::Test {
  protected:
    JobTableTest() { table_.Configure({MakeTestJob("retention")}); }

    // Follows the bucket until `condition` holds.
    bool Follow(std::function<bool()> condition) {
        const Deadline deadline = Deadline::After(5s);
        const auto first =
            runner_.Run(runtime::FirstOf(table_.Run(), Until(std::move(condition), deadline)));
        return first.ok();
    }

    Task<Status> Until(std::function<bool()> condition, Deadline deadline) {
        const bool reached = co_await table_.changed().Until(std::move(condition), deadline);
        co_return reached ? OkStatus() : absl::DeadlineExceededError("not reached");
    }

    Status Pause(const std::string& id) {
        const auto pause = [](JobState& state) {
            state.paused = true;
            return OkStatus();
        };
        return runner_.Run(table_.Change(id, pause)).status();
    }

    testing::ManualClock clock_;
    testing::FakeKeyValue bucket_{clock_};
    testing::TaskRunner runner_;
    JobTable table_{bucket_};
};

TEST_F(JobTableTest, ShowsAChangeAtOnce) {
    ASSERT_TRUE(Pause("retention").ok());
    EXPECT_TRUE(table_.Find("retention")->state.paused);
}

TEST_F(JobTableTest, FollowsWhatOthersWrite) {
    JobTable other(bucket_);
    other.Configure({MakeTestJob("retention")});
    const auto pause = [](JobState& state) {
        state.paused = true;
        return OkStatus();
    };
    ASSERT_TRUE(runner_.Run(other.Change("retention", pause)).ok());
    EXPECT_TRUE(Follow([&] { return table_.Find("retention")->state.paused; }));
    EXPECT_TRUE(Follow([&] { return table_.synced(); }));
}

TEST_F(JobTableTest, KeepsStatesWhenTheConfigurationIsReadAgain) {
    ASSERT_TRUE(Pause("retention").ok());
    table_.Configure({MakeTestJob("retention"), MakeTestJob("gap_repair")});
    EXPECT_TRUE(table_.Find("retention")->state.paused);
    EXPECT_FALSE(table_.Find("gap_repair")->state.paused);
    table_.Configure({});
    EXPECT_EQ(table_.Find("retention"), nullptr);
}

TEST_F(JobTableTest, TakesJobsThatAreAddedAtRunTime) {
    const std::string spec = R"({"schedule":"every 1m","kind":"export"})";
    ASSERT_TRUE(runner_.Run(bucket_.Put(SpecKey("nightly"), spec)).ok());
    ASSERT_TRUE(Follow([&] { return table_.Find("nightly") != nullptr; }));
    EXPECT_EQ(table_.Find("nightly")->spec.kind, "export");
    ASSERT_TRUE(runner_.Run(bucket_.Delete(SpecKey("nightly"))).ok());
    EXPECT_TRUE(Follow([&] { return table_.Find("nightly") == nullptr; }));
}

TEST_F(JobTableTest, RefusesAddedJobsThatAreWrong) {
    ASSERT_TRUE(runner_.Run(bucket_.Put(SpecKey("broken"), R"({"schedule":"now"})")).ok());
    ASSERT_TRUE(runner_.Run(bucket_.Put(SpecKey("fine"), R"({"schedule":"every 1m"})")).ok());
    ASSERT_TRUE(Follow([&] { return table_.Find("fine") != nullptr; }));
    EXPECT_EQ(table_.Find("broken"), nullptr);
}

TEST_F(JobTableTest, AppliesAChangeToTheNewestStateWhenItLosesARace) {
    ASSERT_TRUE(Pause("retention").ok());
    // The write is refused as if somebody else had been faster.
    bucket_.FailCall(absl::AbortedError("another revision"), false, 1);
    const auto settle = [](JobState& state) {
        state.last_due = 42;
        return OkStatus();
    };
    const auto changed = runner_.Run(table_.Change("retention", settle));
    ASSERT_TRUE(changed.ok()) << changed.status();
    EXPECT_TRUE(changed->paused);
    EXPECT_EQ(changed->last_due, 42);
}

TEST_F(JobTableTest, WritesNothingWhenTheChangeRefuses) {
    const auto refuse = [](JobState&) { return absl::FailedPreconditionError("no"); };
    EXPECT_EQ(
        runner_.Run(table_.Change("retention", refuse)).status().code(),
        StatusCode::kFailedPrecondition
    );
    EXPECT_EQ(runner_.Run(bucket_.Keys(""))->size(), 0u);
}

}  // namespace
}  // namespace mp::scheduler
