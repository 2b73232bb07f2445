// Jobs of a running scheduler: due times, pauses, misfires, jobs added at run time.

#include <csignal>
#include <fstream>

#include "stand.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;
using Async = pb::SchedulerService::StubInterface::async_interface;

Nanos Now() {
    return DefaultClock().Now();
}

template <class Request>
Request ForJob(const std::string& id) {
    Request request;
    request.set_id(id);
    return request;
}

class JobsTest : public SchedulerTest {};

TEST_F(JobsTest, FireOnTimeAndEveryTime) {
    Start("one");
    ASSERT_TRUE(WaitForFirings("tick", 3));
    ExpectNoHoles("tick");
    for (const pb::TaskRecord& record : Records("tick")) {
        const Nanos due = ParseTime(record.task().origin().substr(9)).value();
        EXPECT_LT(record.task().created_ts() - due, kSecond / 2) << record.task().origin();
        EXPECT_GE(record.task().created_ts(), due);
    }
    const pb::Job job = JobOf("tick");
    EXPECT_GT(job.next_due_ts(), Now() - kSecond);
    EXPECT_LE(job.next_due_ts(), Now() + kSecond);
    EXPECT_GT(job.last_fired_ts(), 0);
    EXPECT_FALSE(job.last_task_id().empty());
}

TEST_F(JobsTest, ListWhatIsBuiltIn) {
    Start("one");
    EXPECT_EQ(Jobs().leader(), "one");
    EXPECT_EQ(Jobs().jobs_size(), 10);
    const pb::Job unserved = JobOf("liquidation_monitor");
    EXPECT_FALSE(unserved.enabled());
    EXPECT_EQ(unserved.schedule(), "every 1m");
    EXPECT_EQ(unserved.next_due_ts(), 0);
    const pb::Job warmup = JobOf("cache_warmup");
    EXPECT_TRUE(warmup.enabled());
    EXPECT_EQ(warmup.next_due_ts() % (1800 * kSecond), 0);
    EXPECT_EQ(warmup.misfire(), "skip");
}

TEST_F(JobsTest, FireByCronInATimeZone) {
    // As if the minute before the last one had been settled: the last one is due now. Written
    // between two schedulers, so that nobody else writes what the job remembers.
    Start("one");
    ASSERT_EQ(schedulers_.back()->child().Terminate(10s), 0);
    const Nanos minute = Now() / (60 * kSecond) * 60 * kSecond;
    SetLastDue("minutely", minute - 60 * kSecond);
    Start(
        "two",
        {{"jobs.minutely.schedule", "* * * * *"}, {"jobs.minutely.time_zone", "Asia/Kolkata"}}
    );
    ASSERT_TRUE(WaitForFirings("minutely", 1));
    EXPECT_EQ(*Fired("minutely").begin(), minute / kSecond);
}

TEST_F(JobsTest, FireOnceForAllTimesThatWereMissed) {
    // Between two schedulers, so that nobody else writes what the jobs remember.
    Start("one");
    ASSERT_EQ(schedulers_.back()->child().Terminate(10s), 0);
    const Nanos long_ago = Now() - 5 * 3600 * kSecond;
    SetLastDue("late", long_ago);
    SetLastDue("passed", long_ago);
    Start(
        "two",
        {{"jobs.late.schedule", "every 10m"},
         {"jobs.passed.schedule", "every 10m"},
         {"jobs.passed.misfire", "skip"}}
    );
    ASSERT_TRUE(WaitForFirings("late", 1));
    const bool settled = testing::Eventually([&] {
        return JobOf("passed").next_due_ts() > Now() && Fired("late").size() >= 1;
    });
    EXPECT_TRUE(settled);
    EXPECT_LE(Fired("late").size(), 2u);  // the latest missed one, and one that is due right now
    EXPECT_LE(Fired("passed").size(), 1u);
}

TEST_F(JobsTest, DoNotOverlapWhereTheyMustNot) {
    Start("one", {{"jobs.tick.schedule", "every 1s"}});
    ASSERT_TRUE(WaitForFirings("tick", 1));
    ASSERT_TRUE(testing::Eventually([&] { return JobOf("tick").last_fired_ts() > 0; }));
    const Nanos first = JobOf("tick").last_fired_ts();
    // Several due times later the first task still waits for a worker, alone.
    EXPECT_TRUE(testing::Eventually([&] { return Now() > first + 3 * kSecond; }));
    EXPECT_EQ(Records("tick").size(), 1u);
    const auto refused = Call(&Async::RunJob, ForJob<pb::RunJobRequest>("tick"));
    EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition);

    pb::CancelTaskRequest cancel;
    cancel.set_id(JobOf("tick").last_task_id());
    ASSERT_TRUE(Call(&Async::CancelTask, std::move(cancel)).ok());
    EXPECT_TRUE(WaitForFirings("tick", 2));
}

TEST_F(JobsTest, StayPausedUntilTheyAreResumed) {
    Start("one");
    ASSERT_TRUE(WaitForFirings("tick", 1));
    const auto paused = Call(&Async::PauseJob, ForJob<pb::PauseJobRequest>("tick"));
    ASSERT_TRUE(paused.ok()) << paused.status();
    EXPECT_TRUE(paused->job().paused());
    EXPECT_EQ(paused->job().next_due_ts(), 0);

    // The pause outlives the process.
    ASSERT_EQ(schedulers_.back()->child().Terminate(10s), 0);
    Start("two");
    EXPECT_TRUE(JobOf("tick").paused());
    const size_t before = Fired("tick").size();
    const Nanos seen = Now();
    EXPECT_TRUE(testing::Eventually([&] { return Now() > seen + 3 * kSecond; }));
    EXPECT_EQ(Fired("tick").size(), before);

    const int64_t resumed_at = Now() / kSecond;
    ASSERT_TRUE(Call(&Async::ResumeJob, ForJob<pb::ResumeJobRequest>("tick")).ok());
    EXPECT_TRUE(WaitForFirings("tick", before + 2));
    // What was due during the pause was not made up for.
    const std::set<int64_t> fired = Fired("tick");
    EXPECT_EQ(
        static_cast<size_t>(std::distance(fired.begin(), fired.lower_bound(resumed_at))), before
    );
}

TEST_F(JobsTest, RunOnDemand) {
    Start("one", {{"jobs.yearly.schedule", "0 0 1 1 *"}, {"jobs.yearly.payload", "\"deep\""}});
    const auto run = Call(&Async::RunJob, ForJob<pb::RunJobRequest>("yearly"));
    ASSERT_TRUE(run.ok()) << run.status();
    const pb::TaskRecord record = RecordOf(run->task_id());
    EXPECT_EQ(record.task().kind(), "yearly");
    EXPECT_EQ(record.task().payload_json(), "\"deep\"");
    EXPECT_EQ(record.status(), pb::TASK_STATUS_PENDING);
    EXPECT_EQ(JobOf("yearly").last_task_id(), run->task_id());

    const auto unknown = Call(&Async::RunJob, ForJob<pb::RunJobRequest>("nonsense"));
    EXPECT_EQ(unknown.status().code(), StatusCode::kNotFound);
    const auto disabled = Call(&Async::RunJob, ForJob<pb::RunJobRequest>("liquidation_monitor"));
    EXPECT_EQ(disabled.status().code(), StatusCode::kFailedPrecondition);
}

TEST_F(JobsTest, RunOnceUnderOneTaskId) {
    Start("one", {{"jobs.yearly.schedule", "0 0 1 1 *"}, {"jobs.yearly.overlap", "skip"}});
    auto request = ForJob<pb::RunJobRequest>("yearly");
    request.set_task_id("mine");
    for (int i = 0; i < 2; ++i) {
        const auto run = Call(&Async::RunJob, request);
        ASSERT_TRUE(run.ok()) << run.status();
        EXPECT_EQ(run->task_id(), "mine");
    }
    EXPECT_EQ(Records("yearly").size(), 1u);
    request.set_task_id("another");
    const auto refused = Call(&Async::RunJob, std::move(request));
    EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition);
}

class RepeatedJobTest : public SchedulerTest {
  protected:
    void Run(const std::string& task_id) {
        auto request = ForJob<pb::RunJobRequest>("yearly");
        request.set_task_id(task_id);
        const auto run = Call(&Async::RunJob, std::move(request));
        ASSERT_TRUE(run.ok()) << run.status();
        EXPECT_EQ(run->task_id(), task_id);
    }
    double TimesFired() { return Metric("marketprism_jobs_fired_total{job=\"yearly\"}"); }

    const Settings yearly_{{"jobs.yearly.schedule", "0 0 1 1 *"}, {"jobs.yearly.overlap", "skip"}};
};

TEST_F(RepeatedJobTest, LeavesWhatWasFiredSince) {
    Start("one", yearly_);
    Run("first");
    pb::CancelTaskRequest cancel;
    cancel.set_id("first");
    ASSERT_TRUE(Call(&Async::CancelTask, std::move(cancel)).ok());
    Run("second");
    const int64_t fired = JobOf("yearly").last_fired_ts();
    Run("first");
    EXPECT_EQ(JobOf("yearly").last_task_id(), "second");
    EXPECT_EQ(JobOf("yearly").last_fired_ts(), fired);
    EXPECT_EQ(TimesFired(), 2);
}

// A record without a message: whoever wrote it did not come further.
TEST_F(RepeatedJobTest, CompletesWhatWasLeftHalfDone) {
    Start("one", yearly_);
    bus::KvBucket results(Bus(), "results");
    pb::TaskRecord half;
    half.mutable_task()->set_id("half");
    half.mutable_task()->set_kind("yearly");
    half.mutable_task()->set_payload_json("{}");
    half.mutable_task()->set_created_ts(Now());
    half.set_status(pb::TASK_STATUS_PENDING);
    ASSERT_TRUE(runner_.Run(results.Create("half", half.SerializeAsString())).ok());
    Run("half");
    EXPECT_GT(RecordOf("half").stream_sequence(), 0u);
    EXPECT_EQ(JobOf("yearly").last_task_id(), "half");
    EXPECT_EQ(JobOf("yearly").last_fired_ts(), half.task().created_ts());
    EXPECT_EQ(TimesFired(), 1);
}

TEST_F(RepeatedJobTest, RunsAnewADayLater) {
    Start("one", yearly_);
    bus::KvBucket results(Bus(), "results");
    pb::TaskRecord old;
    old.mutable_task()->set_id("old");
    old.mutable_task()->set_kind("yearly");
    old.mutable_task()->set_created_ts(Now() - 25 * 3600 * kSecond);
    old.set_status(pb::TASK_STATUS_SUCCEEDED);
    Run("old");
    const auto written = runner_.Run(results.Put("old", old.SerializeAsString()));
    ASSERT_TRUE(written.ok()) << written.status();
    const int64_t fired = JobOf("yearly").last_fired_ts();
    Run("old");
    EXPECT_EQ(RecordOf("old").status(), pb::TASK_STATUS_PENDING);
    EXPECT_GT(JobOf("yearly").last_fired_ts(), fired);
    EXPECT_EQ(TimesFired(), 2);
}

TEST_F(JobsTest, MayBeAddedAtRunTime) {
    Start("one", {});
    const std::string spec = R"({"schedule":"every 1s","kind":"export","overlap":"allow"})";
    ASSERT_TRUE(runner_.Run(JobsBucket().Put("spec.added", spec)).ok());
    EXPECT_TRUE(testing::Eventually([&] { return Records("export").size() >= 2; }));
    ASSERT_TRUE(runner_.Run(JobsBucket().Delete("spec.added", std::nullopt)).ok());
    EXPECT_TRUE(testing::Eventually([&] { return Jobs().jobs_size() == 9; }));
}

TEST_F(JobsTest, AreReadAgainAtSighup) {
    const testing::TempDir folder;
    const std::string shipped =
        std::string(std::getenv("MP_SOURCE_DIR")) + "/services/scheduler/config/base.yaml";
    std::ofstream(folder / "base.yaml") << std::ifstream(shipped).rdbuf();
    testing::ChildOptions options;
    options.program = "mp-scheduler";
    options.arguments = {
        "--config-dir",
        folder.path().string(),
        "--set",
        "bus.url=" + nats_.url(),
        "--set",
        "http.port=0",
        "--set",
        "grpc.port=0",
        "--set",
        "log.format=json"};
    testing::ChildProcess other(std::move(options));
    ASSERT_TRUE(other.WaitForOutput("\"ready\"", 10s)) << other.Output();
    std::ofstream(folder / "local.yaml") << "jobs:\n  nightly:\n    schedule: 0 3 * * *\n";
    other.Signal(SIGHUP);
    EXPECT_TRUE(other.WaitForOutput("\"jobs\":9", 10s)) << other.Output();
    std::ofstream(folder / "local.yaml") << "jobs:\n  nightly:\n    schedule: 99 3 * * *\n";
    other.Signal(SIGHUP);
    EXPECT_TRUE(other.WaitForOutput("configuration refused", 10s)) << other.Output();
    EXPECT_EQ(other.Terminate(10s), 0);
}

}  // namespace
}  // namespace mp::scheduler
