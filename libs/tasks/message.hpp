#pragma once
// The message that stands for a task in stream TASKS.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/message.hpp"
#include "runtime/task.hpp"
#include "tasks/task.hpp"
#include "telemetry/trace.hpp"

namespace mp::tasks {

// Puts `task` into the queue; the sequence of its message. `retries`: how many attempts count as
// made already. `message_id` keeps a repeat of this very call out. `trace`: whose work it is,
// in the header `traceparent`.
runtime::Task<Result<uint64_t>> Enqueue(
    bus::Connection& connection,
    Task task,
    uint32_t retries,
    std::string message_id,
    const telemetry::TraceContext& trace,
    Deadline deadline
);

// That of the message; a new one where it came without.
telemetry::TraceContext TraceOf(const bus::StreamMessage& message);

// The attempts that count as made before this delivery: those of earlier messages and deliveries.
uint32_t RetriesBefore(const bus::StreamMessage& message);

// Subject on which a worker is told to stop a running task; the payload is the task's id.
inline constexpr char kCancelSubject[] = "control.tasks.cancel";

}  // namespace mp::tasks
