#include "tasks/recovery.hpp"

#include "testing/manual_clock.hpp"
#include "workshop.hpp"

namespace mp::tasks {
namespace {

class TasksRecovery : public Broker {
  protected:
    void SetUp() override {
        Broker::SetUp();
        queue.emplace(*connection, *results, clock);
        recovery.emplace(*connection, *results, Recovery::Config{}, clock);
    }
    // A task that was submitted, and whose message is gone unless `queued`.
    std::string Make(TaskState state, uint32_t retries, bool queued) {
        const std::string id = Submit("work", TASK_PRIORITY_LOW);
        TaskRecord record = Record(id);
        record.set_status(state);
        record.set_retry_count(retries);
        record.set_worker("gone");
        record.set_updated_ts(clock.Now());
        EXPECT_TRUE(runner.Run(results->Put(id, record.SerializeAsString())).ok());
        if (!queued) {
            const uint64_t sequence = record.stream_sequence();
            EXPECT_TRUE(
                runner.Run(bus::PurgeUpTo(*connection, bus::kTasksStream, sequence, Soon())).ok()
            );
        }
        return id;
    }
    size_t Stuck() {
        const auto recovered = runner.Run(recovery->RecoverStuck(Soon()));
        EXPECT_TRUE(recovered.ok()) << recovered.status();
        return recovered.value_or(99);
    }
    size_t Failed() {
        const auto recovered = runner.Run(recovery->RecoverFailed(Soon()));
        EXPECT_TRUE(recovered.ok()) << recovered.status();
        return recovered.value_or(99);
    }
    static runtime::Task<Result<std::string>> Succeed(TaskContext&) { co_return "{}"; }

    testing::ManualClock clock;
    std::optional<Recovery> recovery;
};

TEST_F(TasksRecovery, QueuesStuckTasksAgainWithHighPriority) {
    const std::string id = Make(TASK_STATUS_RUNNING, 1, false);
    clock.Advance(std::chrono::minutes(29));
    EXPECT_EQ(Stuck(), 0u);
    clock.Advance(std::chrono::minutes(2));
    EXPECT_EQ(Stuck(), 1u);
    EXPECT_EQ(Stuck(), 0u);
    const TaskRecord record = Record(id);
    EXPECT_EQ(record.status(), TASK_STATUS_PENDING);
    EXPECT_EQ(record.task().priority(), TASK_PRIORITY_HIGH);
    EXPECT_EQ(record.retry_count(), 1u);
    EXPECT_EQ(record.worker(), "");
    EXPECT_EQ(Queued(), 1u);
    handlers["work"] = Succeed;
    StartPool(Quick(1));
    EXPECT_TRUE(Becomes(id, TASK_STATUS_SUCCEEDED));
    EXPECT_EQ(Record(id).retry_count(), 1u);
}

TEST_F(TasksRecovery, LeavesToTheBrokerWhatIsStillQueued) {
    Make(TASK_STATUS_RUNNING, 0, true);
    Make(TASK_STATUS_FAILED, 1, true);
    clock.Advance(std::chrono::hours(1));
    EXPECT_EQ(Stuck(), 0u);
    EXPECT_EQ(Failed(), 0u);
    EXPECT_EQ(Queued(), 2u);
}

TEST_F(TasksRecovery, QueuesFailedTasksAgainWhileTheyHaveRetries) {
    const std::string exhausted = Make(TASK_STATUS_FAILED, 3, false);
    const std::string id = Make(TASK_STATUS_FAILED, 2, false);
    EXPECT_EQ(Failed(), 1u);
    EXPECT_EQ(Failed(), 0u);
    EXPECT_EQ(Record(id).status(), TASK_STATUS_PENDING);
    EXPECT_EQ(Record(id).retry_count(), 3u);
    EXPECT_EQ(Record(id).task().priority(), TASK_PRIORITY_HIGH);
    EXPECT_EQ(Record(exhausted).status(), TASK_STATUS_FAILED);
    handlers["work"] = Succeed;
    StartPool(Quick(1));
    EXPECT_TRUE(Becomes(id, TASK_STATUS_SUCCEEDED));
    EXPECT_EQ(Record(id).retry_count(), 3u);
}

TEST_F(TasksRecovery, LeavesTheFinishedAlone) {
    for (const TaskState state : {TASK_STATUS_SUCCEEDED, TASK_STATUS_DEAD, TASK_STATUS_CANCELLED}) {
        Make(state, 0, false);
    }
    clock.Advance(std::chrono::hours(1));
    EXPECT_EQ(Stuck(), 0u);
    EXPECT_EQ(Failed(), 0u);
    EXPECT_EQ(Queued(), 0u);
}

TEST_F(TasksRecovery, RemovesMessagesOfTheFinished) {
    for (const TaskState state : {TASK_STATUS_SUCCEEDED, TASK_STATUS_DEAD, TASK_STATUS_CANCELLED}) {
        Make(state, 0, true);
    }
    const std::string waiting = Make(TASK_STATUS_PENDING, 0, true);
    const auto removed = [&] {
        const auto count = runner.Run(recovery->RemoveFinished(Soon()));
        EXPECT_TRUE(count.ok()) << count.status();
        return count.value_or(99);
    };
    EXPECT_EQ(removed(), 0u) << "they may be about to be acknowledged";
    clock.Advance(std::chrono::minutes(31));
    EXPECT_EQ(removed(), 3u);
    EXPECT_EQ(Queued(), 1u);
    EXPECT_EQ(Record(waiting).status(), TASK_STATUS_PENDING);
    EXPECT_EQ(removed(), 0u);
}

TEST_F(TasksRecovery, QueuesATaskOnceWhoeverElseTries) {
    const std::string id = Make(TASK_STATUS_RUNNING, 0, false);
    clock.Advance(std::chrono::hours(1));
    size_t recovered = 0;
    int done = 0;
    const auto recover = [](Recovery& which, size_t& total, int& ended) -> runtime::Task<> {
        total += (co_await which.RecoverStuck(Soon())).value_or(0);
        ++ended;
    };
    for (int i = 0; i < 5; ++i) runner.Start(recover(*recovery, recovered, done));
    ASSERT_TRUE(Reached([&] { return done == 5; }));
    EXPECT_EQ(recovered, 1u);
    EXPECT_EQ(Queued(), 1u);
}

}  // namespace
}  // namespace mp::tasks
