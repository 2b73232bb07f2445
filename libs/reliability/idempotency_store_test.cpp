#include "reliability/idempotency_store.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "runtime/all_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Task<> YieldOnce(Duration) {
    return runtime::Yield();
}

class IdempotencyStoreTest : public ::testing::Test {
  protected:
    Result<IdempotencyStore::Begun> Begin(
        std::string key, std::string body = "body", Duration patience = seconds(0)
    ) {
        return runner_.Run(store_.Begin("user", key, body, Deadline::After(patience)));
    }
    Status Finish(const IdempotencyStore::Begun& begun, std::string result) {
        return runner_.Run(
            store_.Finish(begun.reservation, std::move(result), Deadline::After(seconds(20)))
        );
    }

    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner runner_;
    mp::testing::FakeKeyValue bucket_{clock_};
    IdempotencyStore store_{bucket_, {}, clock_, YieldOnce};
};

TEST_F(IdempotencyStoreTest, GivesARepeatTheStoredResult) {
    const auto begun = Begin("k 1");
    ASSERT_TRUE(begun.ok());
    EXPECT_FALSE(begun->result);
    const std::string result("201\n{\"id\":\x00\xff}", 13);
    EXPECT_TRUE(Finish(*begun, result).ok());
    EXPECT_EQ(Begin("k 1")->result, result);
    EXPECT_EQ(Begin("k 1")->result, result);
    EXPECT_FALSE(Begin("k 2")->result);
    EXPECT_EQ(store_.GetStats().replayed, 2u);
    EXPECT_EQ(store_.GetStats().reserved, 2u);
}

TEST_F(IdempotencyStoreTest, KeepsUsersApart) {
    ASSERT_TRUE(Begin("k").ok());
    const Deadline now = Deadline::After(seconds(0));
    EXPECT_TRUE(runner_.Run(store_.Begin("other", "k", "body", now)).ok());
}

TEST_F(IdempotencyStoreTest, RefusesTheKeyOfADifferentRequest) {
    const auto begun = Begin("k", "one");
    EXPECT_EQ(Begin("k", "other").status().code(), StatusCode::kFailedPrecondition);
    EXPECT_TRUE(Finish(*begun, "done").ok());
    EXPECT_EQ(Begin("k", "other").status().code(), StatusCode::kFailedPrecondition);
    EXPECT_EQ(store_.GetStats().mismatched, 2u);
}

TEST_F(IdempotencyStoreTest, RefusesKeysThatAreNone) {
    EXPECT_EQ(Begin("").status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(Begin(std::string(256, 'k')).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(IdempotencyStoreTest, SaysThatAnEqualRequestIsInProgress) {
    ASSERT_TRUE(Begin("k").ok());
    EXPECT_EQ(Begin("k").status().code(), StatusCode::kAborted);
}

TEST_F(IdempotencyStoreTest, LetsTheNextTryAfterWorkThatWasNotDone) {
    const auto begun = Begin("k");
    EXPECT_TRUE(runner_.Run(store_.Forget(begun->reservation)).ok());
    EXPECT_FALSE(Begin("k")->result);
}

TEST_F(IdempotencyStoreTest, GivesADeadHoldersReservationToTheNext) {
    const auto dead = Begin("k");
    clock_.Advance(minutes(5));
    const auto next = Begin("k");
    ASSERT_TRUE(next.ok());
    EXPECT_FALSE(next->result);
    EXPECT_EQ(store_.GetStats().taken_over, 1u);
    EXPECT_EQ(Finish(*dead, "too late").code(), StatusCode::kAborted);
    EXPECT_TRUE(Finish(*next, "in time").ok());
    EXPECT_EQ(Begin("k")->result, "in time");
}

TEST_F(IdempotencyStoreTest, ForgetsResultsAfterADay) {
    EXPECT_TRUE(Finish(*Begin("k"), "done").ok());
    clock_.Advance(hours(23));
    EXPECT_TRUE(Begin("k")->result);
    clock_.Advance(hours(1));
    EXPECT_FALSE(Begin("k", "a different body, even")->result);
}

TEST_F(IdempotencyStoreTest, SurvivesLostAnswers) {
    bucket_.FailCall(absl::UnavailableError("cut"), true);
    const auto begun = Begin("k", "body", seconds(20));
    ASSERT_TRUE(begun.ok());
    EXPECT_FALSE(begun->result);
    bucket_.FailCall(absl::UnavailableError("cut"), true);
    EXPECT_TRUE(Finish(*begun, "done").ok());
    EXPECT_EQ(Begin("k")->result, "done");
}

Task<Status> Work(IdempotencyStore& store, int* done, std::vector<std::string>* results) {
    const Deadline deadline = Deadline::After(seconds(20));
    const auto begun = co_await store.Begin("user", "k", "body", deadline);
    if (!begun.ok()) co_return begun.status();
    if (begun->result) {
        results->push_back(*begun->result);
        co_return OkStatus();
    }
    for (int i = 0; i < 10; ++i) co_await runtime::Yield();
    results->push_back("run " + std::to_string(++*done));
    co_return co_await store.Finish(begun->reservation, results->back(), deadline);
}

TEST_F(IdempotencyStoreTest, RunsEqualRequestsThatRaceOnce) {
    int done = 0;
    std::vector<std::string> results;
    std::vector<Task<Status>> tasks;
    for (int i = 0; i < 16; ++i) tasks.push_back(Work(store_, &done, &results));
    EXPECT_TRUE(runner_.Run(runtime::AllOf(std::move(tasks))).ok());
    EXPECT_EQ(done, 1);
    EXPECT_EQ(results, std::vector<std::string>(16, "run 1"));
    EXPECT_EQ(store_.GetStats().waited, 15u);
}

}  // namespace
}  // namespace mp::reliability
