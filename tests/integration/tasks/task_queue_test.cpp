#include "tasks/task_queue.hpp"

#include "workshop.hpp"

namespace mp::tasks {
namespace {

using TasksQueue = Broker;

TEST_F(TasksQueue, KeepsWhatWasSubmitted) {
    TaskRequest request;
    request.kind = "retention";
    request.priority = TASK_PRIORITY_HIGH;
    request.payload_json = R"({"days":7})";
    request.timeout = seconds(30);
    request.origin = "api:1";
    const std::string id = Submit(request);
    const TaskRecord record = Record(id);
    EXPECT_EQ(record.status(), TASK_STATUS_PENDING);
    EXPECT_EQ(record.task().kind(), "retention");
    EXPECT_EQ(record.task().priority(), TASK_PRIORITY_HIGH);
    EXPECT_EQ(record.task().payload_json(), R"({"days":7})");
    EXPECT_EQ(record.task().timeout_ms(), 30000);
    EXPECT_EQ(record.task().max_retries(), 3u);
    EXPECT_EQ(record.task().origin(), "api:1");
    EXPECT_EQ(record.stream_sequence(), 1u);
    EXPECT_EQ(Queued(), 1u);
    EXPECT_TRUE(absl::IsNotFound(runner.Run(queue->Get("unknown")).status()));
}

TEST_F(TasksQueue, TakesATaskOnce) {
    TaskRequest request;
    request.kind = "retention";
    request.id = "job:retention@2024-08-08T00:00:00Z";
    EXPECT_EQ(Submit(request), request.id);
    EXPECT_EQ(Submit(request), request.id);
    EXPECT_EQ(Queued(), 1u);
}

TEST_F(TasksQueue, PublishesWhatAnEarlierTryDidNotComeTo) {
    TaskRequest request;
    request.kind = "retention";
    request.id = "1";
    Submit(request);
    TaskRecord record = Record("1");
    record.set_stream_sequence(0);
    ASSERT_TRUE(runner.Run(results->Put("1", record.SerializeAsString())).ok());
    ASSERT_TRUE(runner.Run(bus::PurgeUpTo(*connection, bus::kTasksStream, 1, Soon())).ok());
    Submit(request);
    // The broker knows the id still: nothing is doubled; the sequence is known again.
    EXPECT_EQ(Record("1").stream_sequence(), 1u);
}

TEST_F(TasksQueue, RefusesBadKindsAndAFullQueue) {
    TaskRequest request;
    request.kind = "no.good";
    EXPECT_TRUE(absl::IsInvalidArgument(runner.Run(queue->Submit(request, Soon())).status()));

    ASSERT_TRUE(runner.Run(bus::EnsureStream(*connection, bus::TasksStream(2, 1), Soon())).ok());
    Submit("a");
    Submit("a");
    request.kind = "a";
    request.id = "third";
    const auto full = runner.Run(queue->Submit(request, Soon()));
    EXPECT_TRUE(absl::IsResourceExhausted(full.status())) << full.status();
    EXPECT_TRUE(absl::IsNotFound(runner.Run(queue->Get("third")).status()));
}

TEST_F(TasksQueue, ListsTasksNewestFirst) {
    const std::string first = Submit("a");
    const std::string second = Submit("b");
    const std::string third = Submit("a");
    ASSERT_EQ(runner.Run(queue->Cancel(first, Soon())), OkStatus());
    const auto ids = [this](TaskFilter filter) {
        auto records = runner.Run(queue->List(std::move(filter), Soon()));
        EXPECT_TRUE(records.ok()) << records.status();
        std::vector<std::string> found;
        for (const TaskRecord& record : *records) found.push_back(record.task().id());
        return found;
    };
    EXPECT_EQ(ids({}), (std::vector<std::string>{third, second, first}));
    EXPECT_EQ(ids({.kind = "a"}), (std::vector<std::string>{third, first}));
    EXPECT_EQ(ids({.states = {TASK_STATUS_CANCELLED}}), std::vector<std::string>{first});
    EXPECT_EQ(ids({.limit = 1}), std::vector<std::string>{third});
}

TEST_F(TasksQueue, CancelsOnlyWhatIsNotOver) {
    const std::string id = Submit("a");
    EXPECT_EQ(runner.Run(queue->Cancel(id, Soon())), OkStatus());
    EXPECT_EQ(Record(id).status(), TASK_STATUS_CANCELLED);
    EXPECT_TRUE(absl::IsFailedPrecondition(runner.Run(queue->Cancel(id, Soon()))));
    EXPECT_TRUE(absl::IsNotFound(runner.Run(queue->Cancel("unknown", Soon()))));
}

}  // namespace
}  // namespace mp::tasks
