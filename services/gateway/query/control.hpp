#pragma once
// Control operations: what the scheduler and the collector do on request, as JSON answers. One
// io_context thread; the upstreams outlive it.

#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "gateway/api/parameter.hpp"
#include "gateway/upstream/upstream.hpp"
#include "marketprism/v1/collector.grpc.pb.h"
#include "marketprism/v1/scheduler.grpc.pb.h"
#include "runtime/task.hpp"

namespace mp::gateway {

using SchedulerUpstream = Upstream<marketprism::v1::SchedulerService>;
using CollectorUpstream = Upstream<marketprism::v1::CollectorService>;

class Control {
  public:
    Control(SchedulerUpstream& scheduler, CollectorUpstream& collector)
        : scheduler_(scheduler), collector_(collector) {}

    Task<Result<std::string>> ListJobs(RequestContext context);
    // `task_id`: of the task that it becomes; a repeat with the same one is the same task. Empty:
    // the scheduler gives one.
    Task<Result<std::string>> RunJob(std::string id, std::string task_id, RequestContext context);
    Task<Result<std::string>> PauseJob(std::string id, RequestContext context);
    Task<Result<std::string>> ResumeJob(std::string id, RequestContext context);
    Task<Result<std::string>> ListTasks(const Arguments& arguments, RequestContext context);
    Task<Result<std::string>> GetTask(std::string id, RequestContext context);
    // Bodies are JSON; InvalidArgument names the member that is wrong. `task_id` as above.
    Task<Result<std::string>> SubmitTask(
        const std::string& body, std::string task_id, RequestContext context
    );
    Task<Result<std::string>> CancelTask(std::string id, RequestContext context);
    Task<Result<std::string>> AddInstruments(const std::string& body, RequestContext context);
    Task<Result<std::string>> RemoveInstruments(const std::string& body, RequestContext context);

  private:
    SchedulerUpstream& scheduler_;
    CollectorUpstream& collector_;
};

}  // namespace mp::gateway
