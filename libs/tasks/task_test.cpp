#include "tasks/task.hpp"

#include <gtest/gtest.h>

#include "reliability/key_value.hpp"

namespace mp::tasks {
namespace {

TEST(TasksTask, HasASubjectByKindAndPriority) {
    EXPECT_EQ(
        TaskSubject("retention", marketprism::v1::TASK_PRIORITY_CRITICAL),
        "tasks.retention.critical"
    );
    for (const Priority priority : kPriorities) {
        EXPECT_EQ(ParsePriority(PriorityName(priority)).value(), priority);
    }
    EXPECT_TRUE(absl::IsInvalidArgument(ParsePriority("urgent").status()));
}

TEST(TasksTask, HasAKindOfOneToken) {
    EXPECT_EQ(CheckKind("cache_warmup-2"), OkStatus());
    for (const char* bad : {"", "a.b", "a b", "A", "*", ">", "ü"}) {
        EXPECT_TRUE(absl::IsInvalidArgument(CheckKind(bad))) << bad;
    }
}

TEST(TasksTask, HasAKeyThatAnyBucketTakes) {
    EXPECT_EQ(RecordKey("abc.1"), "abc.1");
    EXPECT_EQ(reliability::CheckKey(RecordKey("job:retention@2024-01-01T00:00:00Z")), OkStatus());
    EXPECT_EQ(reliability::CheckKey(RecordKey(MakeTaskId())), OkStatus());
    EXPECT_NE(MakeTaskId(), MakeTaskId());
}

TEST(TasksTask, EndsInThreeStates) {
    using namespace marketprism::v1;
    EXPECT_TRUE(IsFinal(TASK_STATUS_SUCCEEDED));
    EXPECT_TRUE(IsFinal(TASK_STATUS_DEAD));
    EXPECT_TRUE(IsFinal(TASK_STATUS_CANCELLED));
    EXPECT_FALSE(IsFinal(TASK_STATUS_FAILED));
    EXPECT_FALSE(IsFinal(TASK_STATUS_RUNNING));
    EXPECT_EQ(StateName(TASK_STATUS_PENDING), "PENDING");
}

}  // namespace
}  // namespace mp::tasks
