#include "testing/fake_key_value.hpp"

#include <gtest/gtest.h>

#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::testing {
namespace {

using Kind = reliability::KeyChange::Kind;
using std::chrono::seconds;

class FakeKeyValueTest : public ::testing::Test {
  protected:
    template <typename T>
    T Run(Task<T> task) {
        return runner_.Run(std::move(task));
    }

    ManualClock clock_;
    TaskRunner runner_;
    FakeKeyValue bucket_{clock_, seconds(10)};
};

TEST_F(FakeKeyValueTest, ComparesAndSets) {
    const uint64_t first = Run(bucket_.Create("a.b", "1")).value();
    EXPECT_EQ(Run(bucket_.Create("a.b", "2")).status().code(), StatusCode::kAlreadyExists);
    const uint64_t second = Run(bucket_.Update("a.b", "2", first)).value();
    EXPECT_GT(second, first);
    EXPECT_EQ(Run(bucket_.Update("a.b", "3", first)).status().code(), StatusCode::kAborted);
    EXPECT_EQ(Run(bucket_.Get("a.b"))->value, "2");
    EXPECT_EQ(Run(bucket_.Delete("a.b", first)).code(), StatusCode::kAborted);
    EXPECT_TRUE(Run(bucket_.Delete("a.b", second)).ok());
    EXPECT_EQ(Run(bucket_.Get("a.b")).status().code(), StatusCode::kNotFound);
    EXPECT_GT(Run(bucket_.Create("a.b", "4")).value(), second);
}

TEST_F(FakeKeyValueTest, ForgetsAKeyItsTimeAfterTheLastWrite) {
    const uint64_t revision = Run(bucket_.Create("a", "1")).value();
    clock_.Advance(seconds(6));
    EXPECT_TRUE(Run(bucket_.Update("a", "2", revision)).ok());
    clock_.Advance(seconds(9));
    EXPECT_EQ(Run(bucket_.Keys(""))->size(), 1u);
    clock_.Advance(seconds(1));
    EXPECT_TRUE(Run(bucket_.Keys(""))->empty());
    EXPECT_TRUE(Run(bucket_.Create("a", "3")).ok());
}

TEST_F(FakeKeyValueTest, WatchesWhatIsAndWhatComes) {
    EXPECT_TRUE(Run(bucket_.Put("jobs.a", "1")).ok());
    EXPECT_TRUE(Run(bucket_.Put("jobsite", "no")).ok());
    const auto watch = Run(bucket_.Watch("jobs")).value();
    EXPECT_EQ(Run(watch->Next())->key, "jobs.a");
    EXPECT_EQ(Run(watch->Next())->kind, Kind::kCaughtUp);
    EXPECT_TRUE(Run(bucket_.Put("jobs.b", "2")).ok());
    EXPECT_TRUE(Run(bucket_.Delete("jobs.a")).ok());
    EXPECT_EQ(Run(watch->Next())->entry.value, "2");
    EXPECT_EQ(Run(watch->Next())->kind, Kind::kDelete);
}

TEST_F(FakeKeyValueTest, LosesAnswersOnDemand) {
    bucket_.FailCall(absl::UnavailableError("cut"), true);
    EXPECT_FALSE(Run(bucket_.Put("a", "1")).ok());
    EXPECT_EQ(Run(bucket_.Get("a"))->value, "1");
    bucket_.FailCall(absl::UnavailableError("cut"), false, 1);
    EXPECT_TRUE(Run(bucket_.Put("a", "2")).ok());
    EXPECT_FALSE(Run(bucket_.Put("a", "3")).ok());
    EXPECT_EQ(Run(bucket_.Get("a"))->value, "2");
}

}  // namespace
}  // namespace mp::testing
