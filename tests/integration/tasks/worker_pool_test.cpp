#include "tasks/worker_pool.hpp"

#include <algorithm>

#include "bus/ordered_consumer.hpp"
#include "runtime/condition.hpp"
#include "tasks/recovery.hpp"
#include "workshop.hpp"

namespace mp::tasks {
namespace {

// Handlers as coroutine functions: what they need outlives the pool.

runtime::Task<Result<std::string>> Echo(TaskContext& context) {
    co_return context.task().payload_json();
}

struct Flaky {
    int failures = 0;
    Status error = absl::UnavailableError("not yet");
    std::vector<uint32_t> retries;
    std::vector<std::string> traces;

    runtime::Task<Result<std::string>> Try(TaskContext& context) {
        retries.push_back(context.retry_count());
        traces.push_back(context.trace().trace_id());
        if (failures-- > 0) co_return error;
        co_return "{}";
    }
};

struct Gate {
    runtime::Event open;
    int started = 0;
    int finished = 0;
    std::vector<std::string> order;

    runtime::Task<Result<std::string>> Pass(TaskContext& context) {
        ++started;
        order.emplace_back(PriorityName(context.task().priority()));
        context.SetProgress(0.5);
        co_await open.Wait();
        ++finished;
        co_return "{}";
    }
};

class TasksWorkerPool : public Broker {
  protected:
    template <typename T, typename Method>
    void Handle(const std::string& kind, T& object, Method method) {
        handlers[kind] = [&object, method](TaskContext& context) {
            return (object.*method)(context);
        };
    }

    Flaky flaky;
    Gate gate;
};

TEST_F(TasksWorkerPool, RunsTasksAndKeepsTheirResults) {
    handlers["echo"] = Echo;
    StartPool(Quick(3));
    TaskRequest request;
    request.kind = "echo";
    request.payload_json = R"({"x":1})";
    const std::string id = Submit(request);
    ASSERT_TRUE(Becomes(id, TASK_STATUS_SUCCEEDED));
    const TaskRecord record = Record(id);
    EXPECT_EQ(record.result_json(), R"({"x":1})");
    EXPECT_EQ(record.progress(), 1.0);
    EXPECT_EQ(record.retry_count(), 0u);
    EXPECT_TRUE(record.worker().starts_with("test-worker-"));
    EXPECT_TRUE(QueueIsEmpty());
    EXPECT_EQ(pool->counters().succeeded, 1u);
    EXPECT_EQ(pool->workers(), 3u);
}

TEST_F(TasksWorkerPool, StartsATaskSoon) {
    handlers["echo"] = Echo;
    PoolConfig config = Quick(3);
    config.poll = seconds(60);  // news alone must do
    StartPool(config);
    ASSERT_TRUE(Becomes(Submit("echo"), TASK_STATUS_SUCCEEDED, seconds(2)));
    ASSERT_TRUE(Becomes(Submit("echo", TASK_PRIORITY_LOW), TASK_STATUS_SUCCEEDED, seconds(2)));
}

TEST_F(TasksWorkerPool, PrefersTheUrgentWithoutForgettingTheRest) {
    for (const Priority priority :
         {TASK_PRIORITY_LOW, TASK_PRIORITY_NORMAL, TASK_PRIORITY_HIGH, TASK_PRIORITY_CRITICAL}) {
        for (int i = 0; i < 20; ++i) Submit("work", priority);
    }
    gate.open.Set();
    Handle("work", gate, &Gate::Pass);
    StartPool(Quick(1));
    ASSERT_TRUE(Reached([&] { return gate.finished == 80; }));
    EXPECT_EQ(gate.order.front(), "critical");
    const auto among = [&](size_t first, const std::string& name) {
        return std::count(gate.order.begin(), gate.order.begin() + static_cast<int>(first), name);
    };
    EXPECT_EQ(among(30, "critical"), 16);
    EXPECT_EQ(among(30, "high"), 8);
    EXPECT_EQ(among(30, "normal"), 4);
    EXPECT_EQ(among(30, "low"), 2);
    EXPECT_TRUE(QueueIsEmpty());
}

TEST_F(TasksWorkerPool, TriesAgainWhatFails) {
    flaky.failures = 2;
    Handle("flaky", flaky, &Flaky::Try);
    StartPool(Quick(2));
    const std::string id = Submit("flaky");
    ASSERT_TRUE(Becomes(id, TASK_STATUS_SUCCEEDED));
    EXPECT_EQ(flaky.retries, (std::vector<uint32_t>{0, 1, 2}));
    EXPECT_EQ(Record(id).retry_count(), 2u);
    EXPECT_EQ(pool->counters().retried, 2u);
    EXPECT_EQ(Record(id).error(), "");
}

TEST_F(TasksWorkerPool, EveryAttemptBelongsToTheTraceOfItsSubmitter) {
    flaky.failures = 2;
    Handle("flaky", flaky, &Flaky::Try);
    StartPool(Quick(1));
    TaskRequest request;
    request.kind = "flaky";
    const std::string trace = request.trace.trace_id();
    ASSERT_TRUE(Becomes(Submit(request), TASK_STATUS_SUCCEEDED));
    EXPECT_EQ(flaky.traces, std::vector<std::string>(3, trace));
    flaky.traces.clear();
    ASSERT_TRUE(Becomes(Submit("flaky"), TASK_STATUS_SUCCEEDED));
    ASSERT_EQ(flaky.traces.size(), 1u);
    EXPECT_NE(flaky.traces[0], trace) << "nobody's: one of its own";
}

TEST_F(TasksWorkerPool, BuriesWhatFailsForGood) {
    std::vector<std::string> letters;
    bus::OrderedConsumerConfig config;
    config.stream = bus::kDeadLetterStream;
    bus::OrderedHandlers reading;
    reading.on_messages = [&](std::span<bus::StreamMessage> burst) {
        for (const auto& letter : burst) {
            letters.push_back(
                std::string(letter.subject()) + " " +
                std::string(letter.message.header("Mp-Reason").value_or("?"))
            );
        }
    };
    const bus::OrderedConsumer reader(*connection, config, reading);
    const auto sending = runner.RunBeside(dead_letters->Run());
    flaky.failures = 100;
    Handle("flaky", flaky, &Flaky::Try);
    StartPool(Quick(2));
    const std::string id = Submit("flaky");
    ASSERT_TRUE(Becomes(id, TASK_STATUS_DEAD));
    EXPECT_EQ(flaky.retries, (std::vector<uint32_t>{0, 1, 2, 3}));
    EXPECT_EQ(Record(id).error(), "UNAVAILABLE: not yet");
    EXPECT_TRUE(Reached([&] { return letters.size() == 1; }));
    EXPECT_EQ(letters[0], "dead.tasks.flaky UNAVAILABLE: not yet");
    EXPECT_TRUE(QueueIsEmpty());
}

TEST_F(TasksWorkerPool, DoesNotRepeatTheHopeless) {
    flaky.failures = 100;
    flaky.error = absl::InvalidArgumentError("no such symbol");
    Handle("flaky", flaky, &Flaky::Try);
    StartPool(Quick(2));
    ASSERT_TRUE(Becomes(Submit("flaky"), TASK_STATUS_DEAD));
    EXPECT_EQ(flaky.retries.size(), 1u);
}

TEST_F(TasksWorkerPool, EndsWhatTakesTooLong) {
    Handle("work", gate, &Gate::Pass);
    StartPool(Quick(2));
    TaskRequest request;
    request.kind = "work";
    request.timeout = milliseconds(50);
    request.max_retries = 1;
    const std::string id = Submit(request);
    ASSERT_TRUE(Becomes(id, TASK_STATUS_DEAD));
    EXPECT_EQ(gate.started, 2);
    EXPECT_EQ(gate.finished, 0);
    EXPECT_EQ(pool->counters().timed_out, 2u);
    EXPECT_EQ(Record(id).error(), "DEADLINE_EXCEEDED: timed out");
}

TEST_F(TasksWorkerPool, HonoursCancellation) {
    const std::string waiting = Submit("work");
    ASSERT_EQ(runner.Run(queue->Cancel(waiting, Soon())), OkStatus());
    Handle("work", gate, &Gate::Pass);
    StartPool(Quick(2));
    ASSERT_TRUE(QueueIsEmpty());
    EXPECT_EQ(gate.started, 0);

    const std::string running = Submit("work");
    ASSERT_TRUE(Reached([&] { return gate.started == 1; }));
    ASSERT_EQ(runner.Run(queue->Cancel(running, Soon())), OkStatus());
    ASSERT_TRUE(Reached([&] { return pool->busy() == 0; }, seconds(2)));
    EXPECT_TRUE(QueueIsEmpty());
    EXPECT_EQ(gate.finished, 0);
    EXPECT_EQ(Record(running).status(), TASK_STATUS_CANCELLED);
    EXPECT_EQ(pool->counters().cancelled, 2u);
}

TEST_F(TasksWorkerPool, KeepsALongTaskToItselfAndShowsItsProgress) {
    Handle("work", gate, &Gate::Pass);
    PoolConfig config = Quick(2);
    config.ack_wait = milliseconds(500);
    StartPool(config);
    const std::string id = Submit("work");
    ASSERT_TRUE(Reached([&] { return gate.started == 1; }));
    const Nanos thrice_ack_wait = Record(id).updated_ts() + 1500 * kMillisecond;
    EXPECT_TRUE(UpdatedBehind(id, thrice_ack_wait));
    EXPECT_EQ(gate.started, 1);
    EXPECT_EQ(Record(id).progress(), 0.5);
    gate.open.Set();
    EXPECT_TRUE(Becomes(id, TASK_STATUS_SUCCEEDED));
}

TEST_F(TasksWorkerPool, GivesTasksBackWhenItStops) {
    Handle("work", gate, &Gate::Pass);
    StartPool(Quick(2));
    const std::string id = Submit("work");
    ASSERT_TRUE(Reached([&] { return gate.started == 1; }));
    StopPool();
    EXPECT_EQ(Queued(), 1u);
    gate.open.Set();
    StartPool(Quick(2));
    EXPECT_TRUE(Becomes(id, TASK_STATUS_SUCCEEDED, seconds(3)));
}

TEST_F(TasksWorkerPool, DrainsWhatIsRunning) {
    Handle("work", gate, &Gate::Pass);
    StartPool(Quick(2));
    const std::string first = Submit("work");
    ASSERT_TRUE(Reached([&] { return gate.started == 1; }));
    EXPECT_TRUE(absl::IsDeadlineExceeded(runner.Run(pool->Drain(Deadline::After(milliseconds(50)))))
    );
    const std::string second = Submit("work");
    gate.open.Set();
    EXPECT_EQ(runner.Run(pool->Drain(Soon())), OkStatus());
    EXPECT_EQ(Record(first).status(), TASK_STATUS_SUCCEEDED);
    EXPECT_EQ(Record(second).status(), TASK_STATUS_PENDING);
    EXPECT_EQ(pool->workers(), 0u);
}

TEST_F(TasksWorkerPool, RunsALostWorkersTaskAgain) {
    Handle("work", gate, &Gate::Pass);
    // A worker whose process dies: no answer ever comes from it.
    auto doomed = Connect();
    bus::DeadLetters letters(*doomed, {});
    bus::KvBucket bucket(*doomed, "results");
    {
        WorkerPool lost(*doomed, bucket, letters, Quick(1));
        lost.Handle("work", handlers["work"]);
        asio::cancellation_signal kill;
        bool ended = false;
        asio::co_spawn(
            runner.executor(),
            lost.Run(),
            asio::bind_cancellation_slot(
                kill.slot(), [&](std::exception_ptr, const Status&) { ended = true; }
            )
        );
        Submit("work");
        ASSERT_TRUE(Reached([&] { return gate.started == 1; }));
        EXPECT_EQ(runner.Run(doomed->Drain(Soon())), OkStatus());
        kill.emit(asio::cancellation_type::all);
        ASSERT_TRUE(Reached([&] { return ended; }));
    }
    gate.open.Set();
    StartPool(Quick(1));
    ASSERT_TRUE(Reached([&] { return gate.finished == 1; }));
    EXPECT_TRUE(QueueIsEmpty());
    EXPECT_EQ(gate.started, 2);
}

TEST_F(TasksWorkerPool, ScalesWithTheQueue) {
    Handle("work", gate, &Gate::Pass);
    PoolConfig config = Quick(3);
    config.max_workers = 6;
    config.scale_every = milliseconds(50);
    StartPool(config);
    ASSERT_TRUE(Reached([&] { return pool->workers() == 3; }));
    for (int i = 0; i < 30; ++i) Submit("work");
    ASSERT_TRUE(Reached([&] { return pool->workers() == 6; }));
    EXPECT_FALSE(Reached([&] { return pool->workers() > 6; }, milliseconds(300)));
    EXPECT_EQ(pool->counters().scaled_up, 3u);
    gate.open.Set();
    ASSERT_TRUE(Reached([&] { return pool->workers() == 3; }));
    EXPECT_FALSE(Reached([&] { return pool->workers() < 3; }, milliseconds(300)));
    EXPECT_EQ(pool->counters().scaled_down, 3u);
    EXPECT_TRUE(Reached([&] { return gate.finished == 30; }));
}

TEST_F(TasksWorkerPool, FinishesEverythingWhenTheBrokerIsKilled) {
    handlers["echo"] = Echo;
    StartPool(Quick(5));
    std::vector<std::string> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(Submit("echo"));
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !connection->state().connected; }));
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return connection->state().connected; }));
    for (const std::string& id : ids) {
        EXPECT_TRUE(Becomes(id, TASK_STATUS_SUCCEEDED)) << StateName(Record(id).status());
    }
    // Killed, nats-server keeps what was acknowledged and forgets to have removed the messages.
    Recovery recovery(*connection, *results, {.stuck_after = std::chrono::nanoseconds(0)});
    EXPECT_EQ(runner.Run(recovery.RemoveFinished(Soon())).status(), OkStatus());
    EXPECT_TRUE(QueueIsEmpty());
}

}  // namespace
}  // namespace mp::tasks
