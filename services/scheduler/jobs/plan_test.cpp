#include "scheduler/jobs/plan.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;

constexpr Duration kGrace = 2min;
constexpr Nanos kMinuteNanos = 60 * kSecond;
constexpr Nanos kNow = 1'718'000'040 * kSecond;  // a whole minute

Job Every(std::string schedule) {
    JobSpec spec;
    spec.id = "job";
    spec.kind = "job";
    spec.schedule = std::move(schedule);
    return MakeJob(spec).value();
}

Step StepOf(const Job& job, Nanos now) {
    const std::optional<Step> step = NextStep(job, now, kGrace);
    EXPECT_TRUE(step.has_value());
    return step.value_or(Step());
}

TEST(Plan, StartsANewJobWithoutFiring) {
    const Step step = StepOf(Every("every 1m"), kNow);
    EXPECT_EQ(step.kind, Step::Kind::kStart);
    EXPECT_EQ(step.due, kNow);
}

TEST(Plan, WaitsThenFiresAtTheDueTime) {
    Job job = Every("every 1m");
    job.state.last_due = kNow;
    EXPECT_EQ(StepOf(job, kNow).kind, Step::Kind::kWait);
    EXPECT_EQ(StepOf(job, kNow).at, kNow + kMinuteNanos);
    const Step step = StepOf(job, kNow + kMinuteNanos);
    EXPECT_EQ(step.kind, Step::Kind::kFire);
    EXPECT_EQ(step.due, kNow + kMinuteNanos);
}

TEST(Plan, FiresEveryDueTimeWithinTheGraceOneByOne) {
    Job job = Every("every 1m");
    job.state.last_due = kNow;
    const Nanos later = kNow + 2 * kMinuteNanos + kSecond;
    const Step first = StepOf(job, later);
    EXPECT_EQ(first.kind, Step::Kind::kFire);
    EXPECT_EQ(first.due, kNow + kMinuteNanos);
    job.state.last_due = first.due;
    EXPECT_EQ(StepOf(job, later).due, kNow + 2 * kMinuteNanos);
}

TEST(Plan, FiresManyMissedTimesOnceThenGoesOn) {
    Job job = Every("every 1m");
    job.state.last_due = kNow;
    const Nanos later = kNow + 600 * kMinuteNanos;
    const Step step = StepOf(job, later);
    EXPECT_EQ(step.kind, Step::Kind::kFire);
    EXPECT_EQ(step.due, later - kGrace.count());
    job.state.last_due = step.due;
    EXPECT_EQ(StepOf(job, later).due, step.due + kMinuteNanos);
}

TEST(Plan, PassesMissedTimesOverWhereTheJobSaysSo) {
    Job job = Every("every 1m");
    job.spec.misfire = Misfire::kSkip;
    job.state.last_due = kNow;
    const Step step = StepOf(job, kNow + 600 * kMinuteNanos);
    EXPECT_EQ(step.kind, Step::Kind::kPassOver);
    EXPECT_EQ(step.due, kNow + 598 * kMinuteNanos);
}

TEST(Plan, LeavesPausedAndDisabledJobsAlone) {
    Job job = Every("every 1m");
    job.state.last_due = kNow;
    job.state.paused = true;
    EXPECT_FALSE(NextStep(job, kNow + kMinuteNanos, kGrace));
    EXPECT_FALSE(NextDue(job, kNow));
    job.state.paused = false;
    job.spec.enabled = false;
    EXPECT_EQ(StepOf(job, kNow + kMinuteNanos).kind, Step::Kind::kForget);
    job.state.last_due = 0;
    EXPECT_FALSE(NextStep(job, kNow, kGrace));
}

TEST(Plan, BeginsAnewAfterAClockThatWasFarAhead) {
    Job job = Every("every 1m");
    job.state.last_due = kNow + 365 * 1440 * kMinuteNanos;
    EXPECT_EQ(StepOf(job, kNow).kind, Step::Kind::kStart);
}

RC_GTEST_PROP(Plan, JitterIsBoundedAndTheSameForAll, (uint32_t due_seconds, uint16_t jitter_ms)) {
    JobSpec spec;
    spec.id = "job";
    spec.jitter = std::chrono::milliseconds(jitter_ms);
    const Nanos due = Nanos{due_seconds} * kSecond;
    const Duration jitter = JitterOf(spec, due);
    RC_ASSERT(jitter.count() >= 0);
    RC_ASSERT(jitter < spec.jitter || spec.jitter.count() == 0);
    RC_ASSERT(JitterOf(spec, due) == jitter);
}

// However the leader's looks are spread, each due time is fired once and in order.
RC_GTEST_PROP(Plan, FiresEachDueTimeOnceHoweverOftenItIsAsked, ()) {
    Job job = Every("every 1m");
    job.spec.jitter = std::chrono::seconds(*rc::gen::inRange(0, 50));
    job.state.last_due = kNow;
    std::set<Nanos> fired;
    Nanos now = kNow;
    for (int look = 0; look < 200; ++look) {
        now += *rc::gen::inRange<Nanos>(1, 100) * kSecond;
        for (Step step = StepOf(job, now); step.kind == Step::Kind::kFire;
             step = StepOf(job, now)) {
            RC_ASSERT(fired.insert(step.due).second);
            job.state.last_due = step.due;
        }
    }
    const Nanos expected = (*fired.rbegin() - kNow) / kMinuteNanos;
    RC_ASSERT(static_cast<Nanos>(fired.size()) == expected);
}

}  // namespace
}  // namespace mp::scheduler
