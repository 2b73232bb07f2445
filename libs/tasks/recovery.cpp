#include "tasks/recovery.hpp"

#include <algorithm>
#include <utility>

#include "bus/stream.hpp"
#include "bus/topology.hpp"
#include "runtime/with_deadline.hpp"
#include "tasks/message.hpp"

namespace mp::tasks {
namespace {

using marketprism::v1::TASK_PRIORITY_HIGH;
using marketprism::v1::TASK_STATUS_FAILED;
using marketprism::v1::TASK_STATUS_PENDING;
using marketprism::v1::TASK_STATUS_RUNNING;

// Messages a run of RemoveFinished looks at: each costs a question to the broker.
constexpr uint64_t kMostLookedAt = 10'000;

bool IsStuck(const TaskRecord& record, Nanos before) {
    const bool unfinished =
        record.status() == TASK_STATUS_RUNNING || record.status() == TASK_STATUS_PENDING;
    return unfinished && record.updated_ts() < before;
}

}  // namespace

Recovery::Recovery(
    bus::Connection& connection, reliability::KeyValue& results, Config config, const Clock& clock
)
    : connection_(connection), records_(results), config_(config), clock_(clock) {}

runtime::Task<Result<bool>> Recovery::InStream(TaskRecord record, Deadline deadline) {
    if (record.stream_sequence() == 0) co_return false;
    const auto message = co_await bus::GetStoredMessage(
        connection_, bus::kTasksStream, record.stream_sequence(), deadline
    );
    if (absl::IsNotFound(message.status())) co_return false;
    if (!message.ok()) co_return message.status();
    // A stream that was made again counts anew: the number may be another task's.
    Task task;
    co_return task.ParseFromString(message->payload) && task.id() == record.task().id();
}

runtime::Task<Result<bool>> Recovery::QueueAgain(StoredRecord stored, Deadline deadline) {
    TaskRecord& record = stored.record;
    record.set_status(TASK_STATUS_PENDING);
    record.mutable_task()->set_priority(TASK_PRIORITY_HIGH);
    record.set_updated_ts(clock_.Now());
    record.set_stream_sequence(0);
    record.clear_worker();
    // Who writes the record queues the task: nobody else can at the same time.
    const auto claimed = co_await records_.Update(record, stored.revision);
    if (absl::IsAborted(claimed.status())) co_return false;
    if (!claimed.ok()) co_return claimed.status();
    const std::string message_id = record.task().id() + "#" + std::to_string(*claimed);
    // Its first trace went with its message.
    const auto trace = telemetry::TraceContext::Generate();
    const auto sequence = co_await Enqueue(
        connection_, record.task(), record.retry_count(), message_id, trace, deadline
    );
    // Left PENDING without a message, it is stuck again later.
    if (!sequence.ok()) co_return sequence.status();
    record.set_stream_sequence(*sequence);
    // Aborted: a worker has it by now and has noted the sequence itself.
    const auto noted = co_await records_.Update(std::move(record), *claimed);
    noted.status().IgnoreError();
    co_return true;
}

runtime::Task<Result<size_t>> Recovery::RecoverStuck(Deadline deadline) {
    auto all = co_await runtime::WithDeadline(records_.All(), deadline);
    if (!all.ok()) co_return all.status();
    const Nanos before = clock_.Now() - config_.stuck_after.count();
    size_t recovered = 0;
    for (StoredRecord& stored : *all) {
        if (!IsStuck(stored.record, before)) continue;
        const auto there = co_await InStream(stored.record, deadline);
        if (!there.ok()) co_return there.status();
        if (*there) continue;
        const auto queued = co_await QueueAgain(std::move(stored), deadline);
        if (!queued.ok()) co_return queued.status();
        if (*queued) ++recovered;
    }
    co_return recovered;
}

runtime::Task<Result<size_t>> Recovery::RecoverFailed(Deadline deadline) {
    auto all = co_await runtime::WithDeadline(records_.All(), deadline);
    if (!all.ok()) co_return all.status();
    size_t recovered = 0;
    for (StoredRecord& stored : *all) {
        TaskRecord& record = stored.record;
        if (record.status() != TASK_STATUS_FAILED) continue;
        if (record.retry_count() >= config_.max_retries) continue;
        const auto there = co_await InStream(record, deadline);
        if (!there.ok()) co_return there.status();
        if (*there) continue;
        record.set_retry_count(record.retry_count() + 1);
        const auto queued = co_await QueueAgain(std::move(stored), deadline);
        if (!queued.ok()) co_return queued.status();
        if (*queued) ++recovered;
    }
    co_return recovered;
}

runtime::Task<Result<size_t>> Recovery::RemoveFinished(Deadline deadline) {
    const auto stream = co_await bus::GetStreamInfo(connection_, bus::kTasksStream, deadline);
    if (!stream.ok()) co_return stream.status();
    if (stream->messages == 0) co_return size_t{0};
    const uint64_t last = std::min(stream->last_sequence, stream->first_sequence + kMostLookedAt);
    size_t removed = 0;
    for (uint64_t sequence = stream->first_sequence; sequence <= last; ++sequence) {
        const auto gone = co_await RemoveIfFinished(sequence, deadline);
        if (!gone.ok()) co_return gone.status();
        if (*gone) ++removed;
    }
    co_return removed;
}

runtime::Task<Result<bool>> Recovery::RemoveIfFinished(uint64_t sequence, Deadline deadline) {
    const auto message =
        co_await bus::GetStoredMessage(connection_, bus::kTasksStream, sequence, deadline);
    if (absl::IsNotFound(message.status())) co_return false;
    if (!message.ok()) co_return message.status();
    Task task;
    if (!task.ParseFromString(message->payload)) co_return false;
    const auto stored = co_await runtime::WithDeadline(records_.Get(task.id()), deadline);
    if (absl::IsNotFound(stored.status())) co_return false;
    if (!stored.ok()) co_return stored.status();
    const TaskRecord& record = stored->record;
    const Nanos before = clock_.Now() - config_.stuck_after.count();
    if (!IsFinal(record.status()) || record.updated_ts() > before) co_return false;
    const Status removed =
        co_await bus::DeleteStoredMessage(connection_, bus::kTasksStream, sequence, deadline);
    if (!removed.ok()) co_return removed;
    co_return true;
}

}  // namespace mp::tasks
