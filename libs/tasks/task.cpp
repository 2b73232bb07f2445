#include "tasks/task.hpp"

#include <algorithm>
#include <random>

#include "reliability/key_value.hpp"

namespace mp::tasks {

using namespace marketprism::v1;  // NOLINT: the enumerators

std::string_view PriorityName(Priority priority) {
    switch (priority) {
        case TASK_PRIORITY_CRITICAL:
            return "critical";
        case TASK_PRIORITY_HIGH:
            return "high";
        case TASK_PRIORITY_LOW:
            return "low";
        default:
            return "normal";
    }
}

Result<Priority> ParsePriority(std::string_view name) {
    for (const Priority priority : kPriorities) {
        if (PriorityName(priority) == name) return priority;
    }
    return absl::InvalidArgumentError(
        "priority '" + std::string(name) + "' is none of critical, high, normal, low"
    );
}

std::string_view StateName(TaskState state) {
    switch (state) {
        case TASK_STATUS_RUNNING:
            return "RUNNING";
        case TASK_STATUS_SUCCEEDED:
            return "SUCCEEDED";
        case TASK_STATUS_FAILED:
            return "FAILED";
        case TASK_STATUS_DEAD:
            return "DEAD";
        case TASK_STATUS_CANCELLED:
            return "CANCELLED";
        default:
            return "PENDING";
    }
}

bool IsFinal(TaskState state) {
    return state == TASK_STATUS_SUCCEEDED || state == TASK_STATUS_DEAD ||
           state == TASK_STATUS_CANCELLED;
}

Status CheckKind(std::string_view kind) {
    const bool good = !kind.empty() && std::all_of(kind.begin(), kind.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (good) return OkStatus();
    return absl::InvalidArgumentError(
        "task kind '" + std::string(kind) + "' is not made of a-z, 0-9, '_' and '-'"
    );
}

std::string TaskSubject(std::string_view kind, Priority priority) {
    std::string subject = "tasks.";
    return subject.append(kind).append(".").append(PriorityName(priority));
}

std::string RecordKey(std::string_view id) {
    return reliability::CheckKey(id).ok() ? std::string(id) : reliability::KeyToken(id);
}

std::string MakeTaskId() {
    std::random_device random;
    std::string id;
    for (int i = 0; i < 32; ++i) id += "0123456789abcdef"[random() % 16];
    return id;
}

}  // namespace mp::tasks
