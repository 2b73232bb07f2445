#include "tasks/task_queue.hpp"

#include <algorithm>
#include <utility>

#include "runtime/with_deadline.hpp"
#include "tasks/message.hpp"

namespace mp::tasks {
namespace {

TaskRecord MakeRecord(TaskRequest request, Nanos now) {
    TaskRecord record;
    Task& task = *record.mutable_task();
    task.set_id(request.id.empty() ? MakeTaskId() : std::move(request.id));
    task.set_kind(std::move(request.kind));
    task.set_priority(request.priority);
    task.set_payload_json(std::move(request.payload_json));
    task.set_created_ts(now);
    task.set_timeout_ms(request.timeout.count());
    task.set_max_retries(request.max_retries);
    task.set_origin(std::move(request.origin));
    record.set_status(marketprism::v1::TASK_STATUS_PENDING);
    record.set_updated_ts(now);
    return record;
}

bool Matches(const TaskFilter& filter, const TaskRecord& record) {
    if (!filter.kind.empty() && record.task().kind() != filter.kind) return false;
    return filter.states.empty() ||
           std::find(filter.states.begin(), filter.states.end(), record.status()) !=
               filter.states.end();
}

// Whether a failed publish has surely stored nothing.
bool SurelyNotQueued(const Status& status) {
    return !status.ok() && !absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status);
}

}  // namespace

bool IsForgotten(const TaskRecord& record, Nanos now) {
    const std::chrono::nanoseconds age(now - record.task().created_ts());
    return IsFinal(record.status()) && age >= kSameTaskFor;
}

TaskQueue::TaskQueue(
    bus::Connection& connection, reliability::KeyValue& results, const Clock& clock
)
    : connection_(connection), records_(results), clock_(clock) {}

runtime::Task<Result<std::string>> TaskQueue::Submit(TaskRequest request, Deadline deadline) {
    if (Status kind = CheckKind(request.kind); !kind.ok()) co_return kind;
    const telemetry::TraceContext trace = request.trace;
    TaskRecord record = MakeRecord(std::move(request), clock_.Now());
    const std::string id = record.task().id();
    // The record first: it is what makes a repeat visible.
    auto revision = co_await records_.Create(record);
    if (absl::IsAlreadyExists(revision.status())) {
        auto stored = co_await records_.Get(id);
        if (!stored.ok()) co_return stored.status();
        if (IsForgotten(stored->record, record.task().created_ts())) {
            co_return co_await Replace(std::move(record), stored->revision, trace, deadline);
        }
        const bool queued = stored->record.stream_sequence() != 0 ||
                            stored->record.status() != marketprism::v1::TASK_STATUS_PENDING;
        if (queued) co_return id;
        // Its submitter did not come to publishing, or did not hear that it had.
        record = std::move(stored->record);
        revision = stored->revision;
    }
    if (!revision.ok()) co_return revision.status();
    const Status published = co_await Publish(std::move(record), *revision, trace, deadline);
    if (!published.ok()) co_return published;
    co_return id;
}

runtime::Task<Result<std::string>> TaskQueue::Replace(
    TaskRecord record, uint64_t revision, telemetry::TraceContext trace, Deadline deadline
) {
    const std::string id = record.task().id();
    const auto replaced = co_await records_.Update(record, revision);
    if (absl::IsAborted(replaced.status())) {
        co_return absl::UnavailableError("task " + id + " is being submitted by somebody else");
    }
    if (!replaced.ok()) co_return replaced.status();
    const Status published = co_await Publish(std::move(record), *replaced, trace, deadline);
    if (!published.ok()) co_return published;
    co_return id;
}

runtime::Task<Status> TaskQueue::Publish(
    TaskRecord record, uint64_t revision, telemetry::TraceContext trace, Deadline deadline
) {
    const std::string id = record.task().id();
    const auto sequence = co_await Enqueue(connection_, record.task(), 0, id, trace, deadline);
    if (SurelyNotQueued(sequence.status())) {
        // As if never submitted: a later try starts afresh.
        const Status deleted = co_await records_.Delete(id, revision);
        deleted.IgnoreError();
    }
    if (!sequence.ok()) co_return sequence.status();
    record.set_stream_sequence(*sequence);
    // A worker may have it by now, and then has noted the sequence itself.
    const auto noted = co_await records_.Update(std::move(record), revision);
    noted.status().IgnoreError();
    co_return OkStatus();
}

runtime::Task<Result<TaskRecord>> TaskQueue::Get(std::string id) {
    auto stored = co_await records_.Get(std::move(id));
    if (!stored.ok()) co_return stored.status();
    co_return std::move(stored->record);
}

runtime::Task<Result<std::vector<TaskRecord>>> TaskQueue::List(
    TaskFilter filter, Deadline deadline
) {
    auto all = co_await runtime::WithDeadline(records_.All(), deadline);
    if (!all.ok()) co_return all.status();
    std::vector<TaskRecord> found;
    for (StoredRecord& stored : *all) {
        if (Matches(filter, stored.record)) found.push_back(std::move(stored.record));
    }
    std::sort(found.begin(), found.end(), [](const TaskRecord& a, const TaskRecord& b) {
        return a.task().created_ts() > b.task().created_ts();
    });
    if (found.size() > filter.limit) found.resize(filter.limit);
    co_return found;
}

runtime::Task<Status> TaskQueue::Cancel(std::string id, Deadline deadline) {
    while (!deadline.Passed()) {
        auto stored = co_await records_.Get(id);
        if (!stored.ok()) co_return stored.status();
        if (IsFinal(stored->record.status())) {
            co_return absl::FailedPreconditionError(
                "task " + id + " is " + std::string(StateName(stored->record.status()))
            );
        }
        stored->record.set_status(marketprism::v1::TASK_STATUS_CANCELLED);
        stored->record.set_updated_ts(clock_.Now());
        const auto written = co_await records_.Update(stored->record, stored->revision);
        if (absl::IsAborted(written.status())) continue;
        if (!written.ok()) co_return written.status();
        // A worker that misses this finds out with its next heartbeat.
        connection_.Publish(kCancelSubject, id).IgnoreError();
        co_return OkStatus();
    }
    co_return absl::DeadlineExceededError("task " + id + " kept changing");
}

}  // namespace mp::tasks
