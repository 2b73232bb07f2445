#pragma once
// Names and shapes of queued work. One task = one message in stream TASKS, subject
// tasks.<kind>.<priority>, and one record in bucket `results`, key = the task's id.

#include <array>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "marketprism/v1/task.pb.h"

namespace mp::tasks {

using Task = marketprism::v1::Task;
using TaskRecord = marketprism::v1::TaskRecord;
using Priority = marketprism::v1::TaskPriority;
using TaskState = marketprism::v1::TaskStatus;

// Most urgent first.
inline constexpr std::array<Priority, 4> kPriorities = {
    marketprism::v1::TASK_PRIORITY_CRITICAL,
    marketprism::v1::TASK_PRIORITY_HIGH,
    marketprism::v1::TASK_PRIORITY_NORMAL,
    marketprism::v1::TASK_PRIORITY_LOW};

std::string_view PriorityName(Priority priority);  // "critical" "high" "normal" "low"
Result<Priority> ParsePriority(std::string_view name);
std::string_view StateName(TaskState state);  // "PENDING" "RUNNING" ...
bool IsFinal(TaskState state);                // SUCCEEDED, DEAD, CANCELLED

// A kind is one token of [a-z0-9_-]. InvalidArgument otherwise.
Status CheckKind(std::string_view kind);

std::string TaskSubject(std::string_view kind, Priority priority);

// The key of a task's record.
std::string RecordKey(std::string_view id);

// 128 random bits in hex.
std::string MakeTaskId();

}  // namespace mp::tasks
