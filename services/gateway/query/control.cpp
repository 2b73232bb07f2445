#include "gateway/query/control.hpp"

#include <utility>

#include "gateway/json/control_json.hpp"

namespace mp::gateway {
namespace {

using SchedulerMethods = pb::SchedulerService::StubInterface::async_interface;
using CollectorMethods = pb::CollectorService::StubInterface::async_interface;

}  // namespace

Task<Result<std::string>> Control::ListJobs(RequestContext context) {
    const auto jobs = co_await scheduler_.Read<pb::ListJobsRequest, pb::ListJobsResponse>(
        &SchedulerMethods::ListJobs, pb::ListJobsRequest(), context
    );
    if (!jobs.ok()) co_return jobs.status();
    co_return JobsAnswer(*jobs);
}

Task<Result<std::string>> Control::RunJob(
    std::string id, std::string task_id, RequestContext context
) {
    pb::RunJobRequest request;
    request.set_id(std::move(id));
    request.set_task_id(std::move(task_id));
    const auto run = co_await scheduler_.Call<pb::RunJobRequest, pb::RunJobResponse>(
        &SchedulerMethods::RunJob, std::move(request), context
    );
    if (!run.ok()) co_return run.status();
    co_return TaskIdAnswer(run->task_id());
}

Task<Result<std::string>> Control::PauseJob(std::string id, RequestContext context) {
    pb::PauseJobRequest request;
    request.set_id(std::move(id));
    const auto paused = co_await scheduler_.Call<pb::PauseJobRequest, pb::PauseJobResponse>(
        &SchedulerMethods::PauseJob, std::move(request), context
    );
    if (!paused.ok()) co_return paused.status();
    co_return JobAnswer(paused->job());
}

Task<Result<std::string>> Control::ResumeJob(std::string id, RequestContext context) {
    pb::ResumeJobRequest request;
    request.set_id(std::move(id));
    const auto resumed = co_await scheduler_.Call<pb::ResumeJobRequest, pb::ResumeJobResponse>(
        &SchedulerMethods::ResumeJob, std::move(request), context
    );
    if (!resumed.ok()) co_return resumed.status();
    co_return JobAnswer(resumed->job());
}

Task<Result<std::string>> Control::ListTasks(const Arguments& arguments, RequestContext context) {
    pb::ListTasksRequest request;
    request.set_kind(arguments.kind);
    request.set_limit(arguments.limit);
    if (!arguments.status.empty()) {
        const auto status = TaskStatusOf(arguments.status);
        if (!status) co_return absl::InvalidArgumentError("status: is no status of a task");
        request.set_status(*status);
    }
    const auto tasks = co_await scheduler_.Read<pb::ListTasksRequest, pb::ListTasksResponse>(
        &SchedulerMethods::ListTasks, std::move(request), context
    );
    if (!tasks.ok()) co_return tasks.status();
    co_return TasksAnswer(tasks->records());
}

Task<Result<std::string>> Control::GetTask(std::string id, RequestContext context) {
    pb::GetTaskRequest request;
    request.set_id(std::move(id));
    const auto task = co_await scheduler_.Read<pb::GetTaskRequest, pb::GetTaskResponse>(
        &SchedulerMethods::GetTask, std::move(request), context
    );
    if (!task.ok()) co_return task.status();
    co_return TaskAnswer(task->record());
}

Task<Result<std::string>> Control::SubmitTask(
    const std::string& body, std::string task_id, RequestContext context
) {
    Result<pb::Task> task = TaskOf(body);
    if (!task.ok()) co_return task.status();
    pb::SubmitTaskRequest request;
    *request.mutable_task() = std::move(*task);
    request.mutable_task()->set_id(std::move(task_id));
    const auto submitted = co_await scheduler_.Call<pb::SubmitTaskRequest, pb::SubmitTaskResponse>(
        &SchedulerMethods::SubmitTask, std::move(request), context
    );
    if (!submitted.ok()) co_return submitted.status();
    co_return TaskIdAnswer(submitted->task_id());
}

Task<Result<std::string>> Control::CancelTask(std::string id, RequestContext context) {
    pb::CancelTaskRequest request;
    request.set_id(std::move(id));
    const auto cancelled = co_await scheduler_.Call<pb::CancelTaskRequest, pb::CancelTaskResponse>(
        &SchedulerMethods::CancelTask, std::move(request), context
    );
    if (!cancelled.ok()) co_return cancelled.status();
    co_return TaskAnswer(cancelled->record());
}

Task<Result<std::string>> Control::AddInstruments(const std::string& body, RequestContext context) {
    const Result<pb::AddInstrumentsRequest> request = AdditionOf(body);
    if (!request.ok()) co_return request.status();
    pb::AddInstrumentsResponse added;
    for (const pb::Instrument& instrument : request->instruments()) {
        pb::AddInstrumentsRequest one;
        *one.add_instruments() = instrument;
        *one.mutable_data_types() = request->data_types();
        const auto answer =
            co_await collector_
                .CallWhereFound<pb::AddInstrumentsRequest, pb::AddInstrumentsResponse>(
                    &CollectorMethods::AddInstruments, std::move(one), context
                );
        if (!answer.ok()) co_return answer.status();
        added.MergeFrom(*answer);
    }
    co_return InstrumentsAnswer(added.added());
}

Task<Result<std::string>> Control::RemoveInstruments(
    const std::string& body, RequestContext context
) {
    const Result<pb::RemoveInstrumentsRequest> request = RemovalOf(body);
    if (!request.ok()) co_return request.status();
    pb::RemoveInstrumentsResponse removed;
    for (const pb::Instrument& instrument : request->instruments()) {
        pb::RemoveInstrumentsRequest one;
        *one.add_instruments() = instrument;
        const auto answer =
            co_await collector_
                .CallWhereFound<pb::RemoveInstrumentsRequest, pb::RemoveInstrumentsResponse>(
                    &CollectorMethods::RemoveInstruments, std::move(one), context
                );
        if (!answer.ok()) co_return answer.status();
        removed.MergeFrom(*answer);
    }
    co_return InstrumentsAnswer(removed.removed());
}

}  // namespace mp::gateway
