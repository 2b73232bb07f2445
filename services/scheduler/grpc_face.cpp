#include "scheduler/grpc_face.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "rpc/unary.hpp"
#include "scheduler/jobs/plan.hpp"
#include "scheduler/scheduler.hpp"
#include "tasks/timeout.hpp"
#include "telemetry/trace.hpp"

namespace mp::scheduler {
namespace {

constexpr uint32_t kDefaultLimit = 100;
constexpr uint32_t kMaxLimit = 10'000;

Status NoSuchJob(const std::string& id) {
    return absl::NotFoundError("there is no job '" + id + "'");
}

telemetry::TraceContext TraceOf(const rpc::CallContext& call) {
    return telemetry::TraceContext::Continue(call.metadata(telemetry::kTraceParentHeader));
}

Result<tasks::TaskRequest> RequestOf(const pb::Task& task) {
    MP_RETURN_IF_ERROR(Annotate(tasks::CheckKind(task.kind()), "kind"));
    const std::string payload = task.payload_json().empty() ? "{}" : task.payload_json();
    if (!nlohmann::json::accept(payload)) return absl::InvalidArgumentError("payload: is not JSON");
    const std::chrono::milliseconds timeout(task.timeout_ms());
    if (timeout.count() != 0) {
        MP_RETURN_IF_ERROR(Annotate(tasks::CheckTimeout(timeout), "timeout_ms"));
    }
    tasks::TaskRequest request;
    request.id = task.id();
    request.kind = task.kind();
    request.priority = task.priority();
    request.payload_json = payload;
    if (timeout.count() != 0) request.timeout = timeout;
    if (task.max_retries() > 0) request.max_retries = task.max_retries();
    request.origin = task.origin().empty() ? "api" : task.origin();
    return request;
}

}  // namespace

grpc::ServerUnaryReactor* GrpcFace::ListJobs(
    grpc::CallbackServerContext* context, const pb::ListJobsRequest*, pb::ListJobsResponse* response
) {
    return rpc::Unary(dispatcher_, "SchedulerService/ListJobs", context, [=, this](auto&) {
        return List(*response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::RunJob(
    grpc::CallbackServerContext* context,
    const pb::RunJobRequest* request,
    pb::RunJobResponse* response
) {
    return rpc::Unary(dispatcher_, "SchedulerService/RunJob", context, [=, this](auto& call) {
        return RunNow(*request, *response->mutable_task_id(), call);
    });
}

grpc::ServerUnaryReactor* GrpcFace::PauseJob(
    grpc::CallbackServerContext* context,
    const pb::PauseJobRequest* request,
    pb::PauseJobResponse* response
) {
    return rpc::Unary(dispatcher_, "SchedulerService/PauseJob", context, [=, this](auto&) {
        return SetPaused(request->id(), true, *response->mutable_job());
    });
}

grpc::ServerUnaryReactor* GrpcFace::ResumeJob(
    grpc::CallbackServerContext* context,
    const pb::ResumeJobRequest* request,
    pb::ResumeJobResponse* response
) {
    return rpc::Unary(dispatcher_, "SchedulerService/ResumeJob", context, [=, this](auto&) {
        return SetPaused(request->id(), false, *response->mutable_job());
    });
}

grpc::ServerUnaryReactor* GrpcFace::SubmitTask(
    grpc::CallbackServerContext* context,
    const pb::SubmitTaskRequest* request,
    pb::SubmitTaskResponse* response
) {
    return rpc::Unary(dispatcher_, "SchedulerService/SubmitTask", context, [=, this](auto& call) {
        return Submit(request->task(), *response->mutable_task_id(), call);
    });
}

grpc::ServerUnaryReactor* GrpcFace::GetTask(
    grpc::CallbackServerContext* context,
    const pb::GetTaskRequest* request,
    pb::GetTaskResponse* response
) {
    return rpc::Unary(dispatcher_, "SchedulerService/GetTask", context, [=, this](auto&) {
        return Get(request->id(), *response->mutable_record());
    });
}

grpc::ServerUnaryReactor* GrpcFace::ListTasks(
    grpc::CallbackServerContext* context,
    const pb::ListTasksRequest* request,
    pb::ListTasksResponse* response
) {
    return rpc::Unary(dispatcher_, "SchedulerService/ListTasks", context, [=, this](auto& call) {
        return ListRecords(*request, *response, call.deadline());
    });
}

grpc::ServerUnaryReactor* GrpcFace::CancelTask(
    grpc::CallbackServerContext* context,
    const pb::CancelTaskRequest* request,
    pb::CancelTaskResponse* response
) {
    return rpc::Unary(dispatcher_, "SchedulerService/CancelTask", context, [=, this](auto& call) {
        return Cancel(request->id(), *response->mutable_record(), call.deadline());
    });
}

Task<Status> GrpcFace::List(pb::ListJobsResponse& response) {
    const Result<std::string> leader = co_await LeaderOf(locks_);
    if (!leader.ok()) co_return leader.status();
    response.set_leader(*leader);
    for (const std::string& id : table_.Ids()) *response.add_jobs() = Show(*table_.Find(id));
    co_return OkStatus();
}

Task<Status> GrpcFace::RunNow(
    const pb::RunJobRequest& request, std::string& task_id, const rpc::CallContext& call
) {
    const std::string& id = request.id();
    const Job* const job = table_.Find(id);
    if (job == nullptr) co_return NoSuchJob(id);
    if (!job->spec.enabled) {
        co_return absl::FailedPreconditionError(
            "job '" + id + "' is disabled by configuration: set jobs." + id + ".enabled"
        );
    }
    const Result<std::string> fired = co_await firing_.FireNow(
        job->spec, job->state, request.task_id(), TraceOf(call), call.deadline()
    );
    if (!fired.ok()) co_return fired.status();
    task_id = *fired;
    co_return OkStatus();
}

Task<Status> GrpcFace::SetPaused(const std::string& id, bool paused, pb::Job& answer) {
    if (table_.Find(id) == nullptr) co_return NoSuchJob(id);
    const Nanos now = clock_.Now();
    const JobTable::StateChange change = [paused, now](JobState& state) {
        // What was due during the pause stays unfired.
        if (state.paused && !paused) state.last_due = std::max(state.last_due, now);
        state.paused = paused;
        return OkStatus();
    };
    const Result<JobState> changed = co_await table_.Change(id, change);
    if (!changed.ok()) co_return changed.status();
    const Job* const job = table_.Find(id);
    if (job == nullptr) co_return NoSuchJob(id);
    answer = Show(*job);
    co_return OkStatus();
}

Task<Status> GrpcFace::Submit(
    const pb::Task& task, std::string& task_id, const rpc::CallContext& call
) {
    Result<tasks::TaskRequest> request = RequestOf(task);
    if (!request.ok()) co_return request.status();
    request->trace = TraceOf(call);
    const Result<std::string> id = co_await queue_.Submit(*std::move(request), call.deadline());
    if (!id.ok()) co_return id.status();
    task_id = *id;
    co_return OkStatus();
}

Task<Status> GrpcFace::Get(const std::string& id, pb::TaskRecord& answer) {
    Result<tasks::TaskRecord> record = co_await queue_.Get(id);
    if (!record.ok()) co_return record.status();
    answer = *std::move(record);
    co_return OkStatus();
}

Task<Status> GrpcFace::ListRecords(
    const pb::ListTasksRequest& request, pb::ListTasksResponse& response, Deadline deadline
) {
    tasks::TaskFilter filter;
    filter.kind = request.kind();
    if (request.has_status()) filter.states = {request.status()};
    filter.limit = request.limit() == 0 ? kDefaultLimit : std::min(request.limit(), kMaxLimit);
    auto records = co_await queue_.List(std::move(filter), deadline);
    if (!records.ok()) co_return records.status();
    for (tasks::TaskRecord& record : *records) *response.add_records() = std::move(record);
    co_return OkStatus();
}

Task<Status> GrpcFace::Cancel(const std::string& id, pb::TaskRecord& answer, Deadline deadline) {
    MP_CO_RETURN_IF_ERROR(co_await queue_.Cancel(id, deadline));
    co_return co_await Get(id, answer);
}

pb::Job GrpcFace::Show(const Job& job) const {
    const JobSpec& spec = job.spec;
    pb::Job shown;
    shown.set_id(spec.id);
    shown.set_kind(spec.kind);
    shown.set_schedule(spec.schedule);
    shown.set_time_zone(spec.time_zone);
    shown.set_enabled(spec.enabled);
    shown.set_paused(job.state.paused);
    shown.set_priority(spec.priority);
    shown.set_payload_json(spec.payload_json);
    shown.set_next_due_ts(NextDue(job, clock_.Now()).value_or(0));
    shown.set_last_fired_ts(job.state.last_fired);
    shown.set_last_task_id(job.state.last_task_id);
    shown.set_overlap(std::string(ToString(spec.overlap)));
    shown.set_misfire(std::string(ToString(spec.misfire)));
    return shown;
}

}  // namespace mp::scheduler
