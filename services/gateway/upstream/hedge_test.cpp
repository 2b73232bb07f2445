#include "gateway/upstream/hedge.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <string>

#include "testing/run_task.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;
using Answer = Result<std::string>;

Task<Answer> Say(Answer answer) {
    co_return answer;
}

Task<Answer> SayWhen(runtime::Event& moment, Answer answer) {
    co_await moment.Wait();
    co_return answer;
}

class HedgedTest : public ::testing::Test {
  protected:
    // Counts the second attempts.
    std::function<Task<Answer>()> Second(Answer answer) {
        return [this, answer] {
            ++seconds_;
            return Say(answer);
        };
    }

    testing::TaskRunner runner_;
    runtime::Event moment_;  // never comes unless set
    int seconds_ = 0;
};

TEST_F(HedgedTest, AsksOnceWhereTheAnswerIsInTime) {
    auto answer = runner_.Run(Hedged<Answer>(Say("first"), Second("second"), 10s));
    EXPECT_EQ(*answer, "first");
    EXPECT_EQ(seconds_, 0);
}

TEST_F(HedgedTest, TakesTheSecondAnswerWhereTheFirstIsLate) {
    auto answer = runner_.Run(Hedged<Answer>(SayWhen(moment_, "first"), Second("second"), 1ms));
    EXPECT_EQ(*answer, "second");
    EXPECT_EQ(seconds_, 1);
}

TEST_F(HedgedTest, GivesAFailureAtOnceWhereNobodyElseIsAsked) {
    auto answer =
        runner_.Run(Hedged<Answer>(Say(absl::UnavailableError("away")), Second("second"), 10s));
    EXPECT_TRUE(absl::IsUnavailable(answer.status()));
}

TEST_F(HedgedTest, WaitsForTheFirstWhereTheSecondFails) {
    const auto second = [this]() -> Task<Answer> {
        moment_.Set();
        return Say(absl::UnavailableError("away"));
    };
    auto answer = runner_.Run(Hedged<Answer>(SayWhen(moment_, "first"), second, 1ms));
    EXPECT_EQ(*answer, "first");
}

TEST_F(HedgedTest, TakesARefusalOfTheRequestAsTheAnswer) {
    auto answer = runner_.Run(Hedged<Answer>(
        SayWhen(moment_, "first"), Second(absl::NotFoundError("no such instrument")), 1ms
    ));
    EXPECT_TRUE(absl::IsNotFound(answer.status()));
}

TEST_F(HedgedTest, FailsWhereBothFail) {
    const auto second = [this]() -> Task<Answer> {
        moment_.Set();
        return Say(absl::UnavailableError("away"));
    };
    auto answer =
        runner_.Run(Hedged<Answer>(SayWhen(moment_, absl::UnavailableError("gone")), second, 1ms));
    EXPECT_TRUE(absl::IsUnavailable(answer.status()));
}

}  // namespace
}  // namespace mp::gateway
