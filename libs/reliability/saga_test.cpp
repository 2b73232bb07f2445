#include "reliability/saga.hpp"

#include <gtest/gtest.h>

#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using std::chrono::seconds;

Task<> YieldOnce(Duration) {
    return runtime::Yield();
}

const Status kBroken = absl::InvalidArgumentError("broken");

class SagaTest : public ::testing::Test {
  protected:
    SagaTest() { Define(runner_); }

    void Define(SagaRunner& runner) {
        runner.Define("backfill", {Step("reserve"), Step("load"), Step("publish")});
    }
    SagaStep Step(const std::string& name) {
        return {
            name,
            [this, name](SagaContext& context) { return Act(name, &context); },
            [this, name](SagaContext& context) { return Act("undo " + name, &context); }};
    }
    // Notes the call; fails or hangs where the test wants it.
    Task<Status> Act(std::string name, SagaContext* context) {
        log_.push_back(name);
        context->data[name] = context->input;
        reached_.NotifyAll();
        if (hang_ == name) co_await never_.Wait();
        const auto failure = failures_.find(name);
        if (failure == failures_.end()) co_return OkStatus();
        Status status = failure->second;
        if (status.code() == StatusCode::kUnavailable) failures_.erase(failure);
        co_return status;
    }
    Task<Status> Reaches(std::string name) {
        while (log_.empty() || log_.back() != name) co_await reached_.Wait();
        co_return OkStatus();
    }
    Status Start(std::string id = "one") {
        return loop_.Run(runner_.Start("backfill", std::move(id), "BTC"));
    }
    SagaRecord Find(std::string id = "one") { return *loop_.Run(runner_.Find(std::move(id))); }
    // A new process: begins while the old one hangs in `step`.
    Status CrashIn(const std::string& step) {
        hang_ = step;
        auto started =
            loop_.Run(runtime::FirstOf(runner_.Start("backfill", "one", "BTC"), Reaches(step)));
        hang_.clear();
        return started;
    }

    using Log = std::vector<std::string>;

    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner loop_;
    mp::testing::FakeKeyValue bucket_{clock_};
    SagaConfig config_{.retry = {.pause = YieldOnce}};
    SagaRunner runner_{bucket_, config_};
    Log log_;
    std::map<std::string, Status> failures_;
    std::string hang_;
    runtime::Condition reached_;
    runtime::Event never_;
};

TEST_F(SagaTest, RunsItsStepsInOrder) {
    EXPECT_TRUE(Start().ok());
    EXPECT_EQ(log_, (Log{"reserve", "load", "publish"}));
    EXPECT_EQ(Find().state, SagaState::kDone);
    EXPECT_EQ(Find().context.data.at("load"), "BTC");
    EXPECT_EQ(Start().code(), StatusCode::kAlreadyExists);
    EXPECT_EQ(runner_.GetStats().done, 1u);
}

TEST_F(SagaTest, UndoesInReverseWhatItDid) {
    failures_["load"] = kBroken;
    const Status status = Start();
    EXPECT_EQ(status.code(), StatusCode::kAborted);
    EXPECT_EQ(status.message(), "load: INVALID_ARGUMENT: broken");
    EXPECT_EQ(log_, (Log{"reserve", "load", "undo load", "undo reserve"}));
    EXPECT_EQ(Find().state, SagaState::kCompensated);
}

TEST_F(SagaTest, TriesAPassingFailureAgain) {
    failures_["load"] = absl::UnavailableError("store away");
    EXPECT_TRUE(Start().ok());
    EXPECT_EQ(log_, (Log{"reserve", "load", "load", "publish"}));
}

TEST_F(SagaTest, GoesOnAfterACrashWhereItWas) {
    EXPECT_TRUE(CrashIn("load").ok());
    EXPECT_EQ(Find().state, SagaState::kRunning);

    SagaRunner next(bucket_, config_);
    Define(next);
    EXPECT_EQ(*loop_.Run(next.ResumeAll()), 1u);
    EXPECT_EQ(log_, (Log{"reserve", "load", "load", "publish"}));
    EXPECT_EQ(Find().state, SagaState::kDone);
    EXPECT_EQ(*loop_.Run(next.ResumeAll()), 0u);
}

TEST_F(SagaTest, GoesOnUndoingAfterACrash) {
    failures_["publish"] = kBroken;
    EXPECT_TRUE(CrashIn("undo load").ok());
    SagaRunner next(bucket_, config_);
    Define(next);
    EXPECT_EQ(*loop_.Run(next.ResumeAll()), 1u);
    const Log expected{
        "reserve", "load", "publish", "undo publish", "undo load", "undo load", "undo reserve"};
    EXPECT_EQ(log_, expected);
    EXPECT_EQ(Find().state, SagaState::kCompensated);
}

TEST_F(SagaTest, StopsWhereSomebodyElseHasTakenItOver) {
    hang_ = "load";
    runner_.Define(
        "nested", {{"load", [this](SagaContext& context) { return Act("load", &context); }, {}}}
    );
    loop_.Start(runner_.Start("nested", "one", "BTC"));
    EXPECT_TRUE(loop_.Run(Reaches("load")).ok());
    hang_.clear();
    EXPECT_TRUE(loop_.Run(runner_.Resume("one")).ok());
    never_.Set();  // the first one wakes up, and finds its log entry changed
    EXPECT_EQ(Find().state, SagaState::kDone);
    EXPECT_EQ(runner_.GetStats().done, 1u);
}

TEST_F(SagaTest, IsStuckWhenItCannotBeUndoneUntilItCan) {
    failures_["load"] = kBroken;
    failures_["undo reserve"] = kBroken;
    EXPECT_EQ(Start().code(), StatusCode::kInternal);
    EXPECT_EQ(Find().state, SagaState::kStuck);
    EXPECT_EQ(*loop_.Run(runner_.ResumeAll()), 0u);
    failures_.clear();
    EXPECT_EQ(loop_.Run(runner_.Resume("one")).code(), StatusCode::kAborted);
    EXPECT_EQ(Find().state, SagaState::kCompensated);
}

TEST_F(SagaTest, SurvivesALogWhoseAnswersGetLost) {
    for (int call = 0; call < 12; call += 3) {
        bucket_.FailCall(absl::UnavailableError("cut"), true, 1 + call);
    }
    EXPECT_TRUE(Start().ok());
    EXPECT_EQ(log_, (Log{"reserve", "load", "publish"}));
}

TEST_F(SagaTest, RefusesWhatItDoesNotKnowOrCannotLog) {
    EXPECT_EQ(loop_.Run(runner_.Start("other", "x", "")).code(), StatusCode::kNotFound);
    EXPECT_EQ(
        loop_.Run(runner_.Start("backfill", "x", "\xff")).code(), StatusCode::kInvalidArgument
    );
    EXPECT_EQ(loop_.Run(runner_.Resume("x")).code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace mp::reliability
