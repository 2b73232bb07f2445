#pragma once
// SchedulerService: jobs and tasks over gRPC. Methods run as coroutines on the dispatcher's
// executor; everything referenced outlives the server.

#include <grpcpp/support/server_callback.h>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "marketprism/v1/scheduler.grpc.pb.h"
#include "reliability/key_value.hpp"
#include "rpc/call_context.hpp"
#include "rpc/dispatcher.hpp"
#include "runtime/task.hpp"
#include "scheduler/jobs/firing.hpp"
#include "scheduler/jobs/job_table.hpp"
#include "tasks/task_queue.hpp"

namespace mp::scheduler {

namespace pb = marketprism::v1;

class GrpcFace final : public pb::SchedulerService::CallbackService {
  public:
    GrpcFace(
        const rpc::Dispatcher& dispatcher,
        JobTable& table,
        Firing& firing,
        tasks::TaskQueue& queue,
        reliability::KeyValue& locks,
        const Clock& clock = DefaultClock()
    )
        : dispatcher_(dispatcher),
          table_(table),
          firing_(firing),
          queue_(queue),
          locks_(locks),
          clock_(clock) {}

    grpc::ServerUnaryReactor* ListJobs(
        grpc::CallbackServerContext* context,
        const pb::ListJobsRequest* request,
        pb::ListJobsResponse* response
    ) override;
    grpc::ServerUnaryReactor* RunJob(
        grpc::CallbackServerContext* context,
        const pb::RunJobRequest* request,
        pb::RunJobResponse* response
    ) override;
    grpc::ServerUnaryReactor* PauseJob(
        grpc::CallbackServerContext* context,
        const pb::PauseJobRequest* request,
        pb::PauseJobResponse* response
    ) override;
    grpc::ServerUnaryReactor* ResumeJob(
        grpc::CallbackServerContext* context,
        const pb::ResumeJobRequest* request,
        pb::ResumeJobResponse* response
    ) override;
    grpc::ServerUnaryReactor* SubmitTask(
        grpc::CallbackServerContext* context,
        const pb::SubmitTaskRequest* request,
        pb::SubmitTaskResponse* response
    ) override;
    grpc::ServerUnaryReactor* GetTask(
        grpc::CallbackServerContext* context,
        const pb::GetTaskRequest* request,
        pb::GetTaskResponse* response
    ) override;
    grpc::ServerUnaryReactor* ListTasks(
        grpc::CallbackServerContext* context,
        const pb::ListTasksRequest* request,
        pb::ListTasksResponse* response
    ) override;
    grpc::ServerUnaryReactor* CancelTask(
        grpc::CallbackServerContext* context,
        const pb::CancelTaskRequest* request,
        pb::CancelTaskResponse* response
    ) override;

  private:
    Task<Status> List(pb::ListJobsResponse& response);
    Task<Status> RunNow(
        const pb::RunJobRequest& request, std::string& task_id, const rpc::CallContext& call
    );
    Task<Status> SetPaused(const std::string& id, bool paused, pb::Job& answer);
    Task<Status> Submit(const pb::Task& task, std::string& task_id, const rpc::CallContext& call);
    Task<Status> Get(const std::string& id, pb::TaskRecord& answer);
    Task<Status> ListRecords(
        const pb::ListTasksRequest& request, pb::ListTasksResponse& response, Deadline deadline
    );
    Task<Status> Cancel(const std::string& id, pb::TaskRecord& answer, Deadline deadline);
    pb::Job Show(const Job& job) const;

    const rpc::Dispatcher& dispatcher_;
    JobTable& table_;
    Firing& firing_;
    tasks::TaskQueue& queue_;
    reliability::KeyValue& locks_;
    const Clock& clock_;
};

}  // namespace mp::scheduler
