// Tasks through SchedulerService: their life, their death, and their second chance.

#include "bus/consumer.hpp"
#include "bus/dead_letter.hpp"
#include "bus/topology.hpp"
#include "runtime/first_of.hpp"
#include "stand.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;
using Async = pb::SchedulerService::StubInterface::async_interface;

Task<Result<std::string>> NeverWorks() {
    co_return absl::UnavailableError("never works");
}

class TasksTest : public SchedulerTest {
  protected:
    Result<std::string> Submit(const std::string& kind, uint32_t max_retries = 0) {
        pb::SubmitTaskRequest request;
        request.mutable_task()->set_kind(kind);
        request.mutable_task()->set_max_retries(max_retries);
        const auto submitted = Call(&Async::SubmitTask, std::move(request));
        if (!submitted.ok()) return submitted.status();
        return submitted->task_id();
    }

    bool WaitForStatus(const std::string& task_id, pb::TaskStatus status) {
        return testing::Eventually([&] { return RecordOf(task_id).status() == status; }, 20s);
    }
};

TEST_F(TasksTest, RunWhereTheirKindIsKnown) {
    Start("one", {});
    const Result<std::string> id = Submit("recover_stuck_tasks");
    ASSERT_TRUE(id.ok()) << id.status();
    ASSERT_TRUE(WaitForStatus(*id, pb::TASK_STATUS_SUCCEEDED))
        << RecordOf(*id).DebugString() << schedulers_.back()->child().Output();
    EXPECT_EQ(RecordOf(*id).result_json(), "{\"recovered\":0}");
    EXPECT_EQ(RecordOf(*id).worker().substr(0, 4), "one-");
}

TEST_F(TasksTest, WaitForAWorkerAndMayBeWithdrawn) {
    Start("one", {});
    const Result<std::string> id = Submit("nobody_can_do_this");
    ASSERT_TRUE(id.ok()) << id.status();
    EXPECT_EQ(RecordOf(*id).status(), pb::TASK_STATUS_PENDING);
    EXPECT_EQ(RecordOf(*id).task().max_retries(), 3u);
    pb::CancelTaskRequest cancel;
    cancel.set_id(*id);
    const auto cancelled = Call(&Async::CancelTask, cancel);
    ASSERT_TRUE(cancelled.ok()) << cancelled.status();
    EXPECT_EQ(cancelled->record().status(), pb::TASK_STATUS_CANCELLED);
    EXPECT_EQ(Call(&Async::CancelTask, cancel).status().code(), StatusCode::kFailedPrecondition);

    pb::ListTasksRequest list;
    list.set_status(pb::TASK_STATUS_CANCELLED);
    const auto listed = Call(&Async::ListTasks, std::move(list));
    ASSERT_TRUE(listed.ok());
    ASSERT_EQ(listed->records_size(), 1);
    EXPECT_EQ(listed->records(0).task().id(), *id);
}

TEST_F(TasksTest, AreRefusedWhenTheyMakeNoSense) {
    Start("one", {});
    EXPECT_EQ(Submit("Not A Kind").status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(Submit("").status().code(), StatusCode::kInvalidArgument);
    pb::SubmitTaskRequest request;
    request.mutable_task()->set_kind("export");
    request.mutable_task()->set_payload_json("{\"half\":");
    EXPECT_EQ(
        Call(&Async::SubmitTask, std::move(request)).status().code(), StatusCode::kInvalidArgument
    );
    for (const int64_t bad : {int64_t{-1}, int64_t{31} * 24 * 3600 * 1000, INT64_MAX}) {
        pb::SubmitTaskRequest timed;
        timed.mutable_task()->set_kind("export");
        timed.mutable_task()->set_timeout_ms(bad);
        const Status refused = Call(&Async::SubmitTask, std::move(timed)).status();
        EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument) << bad;
        EXPECT_EQ(refused.message(), "timeout_ms: must lie between 1ms and 30d");
    }
    pb::GetTaskRequest get;
    get.set_id("nobody");
    EXPECT_EQ(Call(&Async::GetTask, std::move(get)).status().code(), StatusCode::kNotFound);
}

TEST_F(TasksTest, AreTakenOnceWhenSubmittedTwice) {
    Start("one", {});
    pb::SubmitTaskRequest request;
    request.mutable_task()->set_id("export-42");
    request.mutable_task()->set_kind("export");
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto submitted = Call(&Async::SubmitTask, request);
        ASSERT_TRUE(submitted.ok()) << submitted.status();
        EXPECT_EQ(submitted->task_id(), "export-42");
    }
    EXPECT_EQ(Records("export").size(), 1u);
}

TEST_F(TasksTest, AreForgottenADayAfterTheyWereSubmitted) {
    Start("one", {});
    bus::KvBucket results(Bus(), "results");
    const Nanos yesterday = DefaultClock().Now() - 25 * 3600 * kSecond;
    for (const auto status : {pb::TASK_STATUS_SUCCEEDED, pb::TASK_STATUS_RUNNING}) {
        pb::TaskRecord old;
        old.mutable_task()->set_id(pb::TaskStatus_Name(status));
        old.mutable_task()->set_kind("export");
        old.mutable_task()->set_created_ts(yesterday);
        old.set_status(status);
        const std::string key = old.task().id();
        ASSERT_TRUE(runner_.Run(results.Create(key, old.SerializeAsString())).ok());

        pb::SubmitTaskRequest request;
        request.mutable_task()->set_id(key);
        request.mutable_task()->set_kind("export");
        const auto submitted = Call(&Async::SubmitTask, request);
        ASSERT_TRUE(submitted.ok()) << submitted.status();
        EXPECT_EQ(submitted->task_id(), key);
    }
    const pb::TaskRecord anew = RecordOf("TASK_STATUS_SUCCEEDED");
    EXPECT_EQ(anew.status(), pb::TASK_STATUS_PENDING);
    EXPECT_GT(anew.task().created_ts(), yesterday);
    EXPECT_GT(anew.stream_sequence(), 0u);
    // What is not over is still the same one.
    EXPECT_EQ(RecordOf("TASK_STATUS_RUNNING").task().created_ts(), yesterday);
}

TEST_F(TasksTest, DieAfterTheirLastRetryAndAreKept) {
    Start("one", {});
    bus::KvBucket results(Bus(), "results");
    bus::DeadLetters letters(Bus(), {});
    const auto stream =
        runner_.Run(bus::EnsureStream(Bus(), bus::DeadLetterStream(1 << 20, 1), Deadline::After(5s))
        );
    ASSERT_TRUE(stream.ok()) << stream.status();
    tasks::PoolConfig config;
    config.name = "test";
    config.retry_first = 10ms;
    config.retry_max = 20ms;
    config.poll = 50ms;
    tasks::WorkerPool pool(Bus(), results, letters, config);
    int attempts = 0;
    pool.Handle("hopeless", [&](tasks::TaskContext&) {
        ++attempts;
        return NeverWorks();
    });
    const auto working = runner_.RunBeside(pool.Run());
    const auto sending = runner_.RunBeside(letters.Run());

    const Result<std::string> id = Submit("hopeless", 2);
    ASSERT_TRUE(id.ok()) << id.status();
    ASSERT_TRUE(WaitForStatus(*id, pb::TASK_STATUS_DEAD)) << RecordOf(*id).DebugString();
    EXPECT_EQ(attempts, 3);
    EXPECT_NE(RecordOf(*id).error().find("never works"), std::string::npos);
    const auto kept = testing::Eventually([&] {
        const auto info =
            runner_.Run(bus::GetStreamInfo(Bus(), bus::kDeadLetterStream, Deadline::After(5s)));
        return info.ok() && info->messages == 1;
    });
    EXPECT_TRUE(kept);
}

// A record that says RUNNING although no message stands behind it: its worker died for good.
TEST_F(TasksTest, AreRecoveredByTheJobThatIsMadeForIt) {
    Start("one", {{"tasks.stuck_after", "1s"}});
    bus::KvBucket results(Bus(), "results");
    pb::TaskRecord stuck;
    stuck.mutable_task()->set_id("lost-1");
    stuck.mutable_task()->set_kind("export");
    stuck.mutable_task()->set_payload_json("{}");
    stuck.mutable_task()->set_timeout_ms(60'000);
    stuck.mutable_task()->set_max_retries(3);
    stuck.mutable_task()->set_created_ts(DefaultClock().Now() - 60 * kSecond);
    stuck.set_status(pb::TASK_STATUS_RUNNING);
    stuck.set_worker("gone-worker-1");
    stuck.set_updated_ts(DefaultClock().Now() - 60 * kSecond);
    ASSERT_TRUE(runner_.Run(results.Create("lost-1", stuck.SerializeAsString())).ok());

    pb::RunJobRequest run;
    run.set_id("recover_stuck_tasks");
    const auto started = Call(&Async::RunJob, std::move(run));
    ASSERT_TRUE(started.ok()) << started.status();
    ASSERT_TRUE(WaitForStatus(started->task_id(), pb::TASK_STATUS_SUCCEEDED));
    EXPECT_EQ(RecordOf(started->task_id()).result_json(), "{\"recovered\":1}");
    EXPECT_EQ(RecordOf("lost-1").status(), pb::TASK_STATUS_PENDING);
    EXPECT_EQ(RecordOf("lost-1").task().priority(), pb::TASK_PRIORITY_HIGH);
}

}  // namespace
}  // namespace mp::scheduler
