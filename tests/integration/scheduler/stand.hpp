#pragma once
// A real broker, and schedulers as the processes that users run, asked over gRPC.

#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "marketprism/v1/scheduler.grpc.pb.h"
#include "rpc/channel.hpp"
#include "rpc/client.hpp"
#include "rpc/dispatcher.hpp"
#include "testing/child_process.hpp"
#include "testing/eventually.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"

namespace mp::scheduler {

namespace pb = marketprism::v1;

using Settings = std::map<std::string, std::string>;

// One mp-scheduler. Its jobs are the built-in ones and what the settings add.
class SchedulerProcess {
  public:
    SchedulerProcess(const std::string& nats_url, const std::string& instance, Settings settings);

    // The value of a number in its log line "started ...".
    uint16_t WaitForPort(const char* name);

    testing::ChildProcess& child() { return child_; }
    const std::string& instance() const { return instance_; }

  private:
    static testing::ChildOptions Options(
        const std::string& nats_url, const std::string& instance, const Settings& settings
    );

    std::string instance_;
    testing::ChildProcess child_;
};

class SchedulerTest : public ::testing::Test {
  protected:
    SchedulerTest();
    // What the schedulers logged, where something failed.
    void TearDown() override;

    // A job "tick" every second whose tasks nobody takes.
    static Settings Tick();

    // Starts a scheduler and waits until it answers calls.
    SchedulerProcess& Start(const std::string& instance, Settings settings = Tick());
    void Kill(SchedulerProcess& scheduler);

    // Calls go to the scheduler that `scheduler` names, by default the one started last.
    template <class Request, class Response>
    Result<Response> Call(
        void (pb::SchedulerService::StubInterface::async_interface::*method
        )(grpc::ClientContext*, const Request*, Response*, grpc::ClientUnaryReactor*),
        Request request,
        const SchedulerProcess* scheduler = nullptr
    ) {
        Client& client = ClientOf(scheduler);
        return runner_.Run(
            client.Call(method, std::move(request), Deadline::After(std::chrono::seconds(5)))
        );
    }

    pb::ListJobsResponse Jobs(const SchedulerProcess* scheduler = nullptr);
    pb::Job JobOf(const std::string& id);
    std::vector<pb::TaskRecord> Records(const std::string& kind);
    pb::TaskRecord RecordOf(const std::string& task_id);
    // The sum of a metric's series, as the scheduler started last tells it.
    double Metric(const std::string& name);
    // Seconds of the due times of a job's tasks; fails where one due time has two.
    std::set<int64_t> Fired(const std::string& job);
    // Waits until the job has fired `count` times after `after`.
    bool WaitForFirings(const std::string& job, size_t count, int64_t after = 0);
    void ExpectNoHoles(const std::string& job);

    // The bucket of jobs, as another process would write to it.
    bus::KvBucket& JobsBucket();
    bus::Connection& Bus();
    void SetLastDue(const std::string& job, Nanos last_due);

    using Client = rpc::Client<pb::SchedulerService>;
    Client& ClientOf(const SchedulerProcess* scheduler);

    testing::NatsServer nats_;
    testing::TaskRunner runner_;
    rpc::Dispatcher dispatcher_{runner_.executor()};
    std::vector<std::unique_ptr<SchedulerProcess>> schedulers_;
    std::map<const SchedulerProcess*, Client> clients_;
    std::unique_ptr<bus::Connection> bus_;
    std::unique_ptr<bus::KvBucket> jobs_;
};

}  // namespace mp::scheduler
