#include "stand.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "net/http_client.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;
using Async = pb::SchedulerService::StubInterface::async_interface;
using Json = nlohmann::json;

std::string SourceDirectory() {
    const char* root = std::getenv("MP_SOURCE_DIR");
    return root != nullptr ? root : ".";
}

// "job:tick@2024-06-10T12:00:00.000000000Z" -> the time in seconds; 0 for anything else.
int64_t DueIn(const std::string& origin) {
    const Result<Nanos> due = ParseTime(origin.substr(origin.find('@') + 1));
    return due.ok() ? *due / kSecond : 0;
}

Task<Result<net::HttpClientResponse>> Get(net::HttpClient& client, std::string url) {
    net::HttpClientRequest request;
    request.url = std::move(url);
    co_return co_await client.Send(std::move(request), Deadline::After(10s));
}

}  // namespace

SchedulerProcess::SchedulerProcess(
    const std::string& nats_url, const std::string& instance, Settings settings
)
    : instance_(instance), child_(Options(nats_url, instance, settings)) {}

testing::ChildOptions SchedulerProcess::Options(
    const std::string& nats_url, const std::string& instance, const Settings& settings
) {
    Settings all = {
        {"bus.url", nats_url},
        {"service.instance", instance},
        {"http.port", "0"},
        {"grpc.port", "0"},
        {"log.format", "json"},
        {"leadership.ttl", "1500ms"},
        {"leadership.renew_every", "300ms"},
        {"leadership.margin", "200ms"}};
    for (const auto& [key, value] : settings) all[key] = value;
    testing::ChildOptions options;
    options.program = "mp-scheduler";
    options.arguments = {"--config-dir", SourceDirectory() + "/services/scheduler/config"};
    for (const auto& [key, value] : all) {
        options.arguments.push_back("--set");
        options.arguments.push_back(key + "=" + value);
    }
    return options;
}

uint16_t SchedulerProcess::WaitForPort(const char* name) {
    uint16_t port = 0;
    const auto find = [&] {
        std::istringstream lines(child_.Output());
        for (std::string line; std::getline(lines, line);) {
            const Json entry = Json::parse(line, nullptr, false);
            if (entry.is_object() && entry.contains(name)) port = entry[name].get<uint16_t>();
        }
        return port != 0;
    };
    EXPECT_TRUE(child_.WaitFor(find, 10s)) << child_.Output();
    return port;
}

SchedulerTest::SchedulerTest() {
    EXPECT_TRUE(nats_.Start().ok()) << nats_.log();
}

void SchedulerTest::TearDown() {
    if (!HasFailure()) return;
    for (const auto& scheduler : schedulers_) {
        std::cout << "--- " << scheduler->instance() << "\n" << scheduler->child().Output();
    }
}

Settings SchedulerTest::Tick() {
    return {{"jobs.tick.schedule", "every 1s"}, {"jobs.tick.overlap", "allow"}};
}

SchedulerProcess& SchedulerTest::Start(const std::string& instance, Settings settings) {
    schedulers_.push_back(
        std::make_unique<SchedulerProcess>(nats_.url(), instance, std::move(settings))
    );
    SchedulerProcess& scheduler = *schedulers_.back();
    const bool ready = testing::Eventually([&] {
        const auto jobs = Call(&Async::ListJobs, pb::ListJobsRequest(), &scheduler);
        return jobs.ok() && !jobs->leader().empty();
    });
    EXPECT_TRUE(ready) << scheduler.child().Output();
    return scheduler;
}

void SchedulerTest::Kill(SchedulerProcess& scheduler) {
    clients_.erase(&scheduler);
    scheduler.child().Kill();
    const auto last = std::find_if(schedulers_.begin(), schedulers_.end(), [&](const auto& owned) {
        return owned.get() == &scheduler;
    });
    std::rotate(schedulers_.begin(), last, last + 1);  // calls go to one that lives
}

SchedulerTest::Client& SchedulerTest::ClientOf(const SchedulerProcess* scheduler) {
    SchedulerProcess& target =
        scheduler != nullptr ? const_cast<SchedulerProcess&>(*scheduler) : *schedulers_.back();
    const auto found = clients_.find(&target);
    if (found != clients_.end()) return found->second;
    const std::string address = "127.0.0.1:" + std::to_string(target.WaitForPort("grpc_port"));
    return clients_.emplace(&target, Client(dispatcher_, rpc::MakeChannel(address))).first->second;
}

pb::ListJobsResponse SchedulerTest::Jobs(const SchedulerProcess* scheduler) {
    auto jobs = Call(&Async::ListJobs, pb::ListJobsRequest(), scheduler);
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    return jobs.ok() ? *jobs : pb::ListJobsResponse();
}

pb::Job SchedulerTest::JobOf(const std::string& id) {
    const pb::ListJobsResponse jobs = Jobs();
    for (const pb::Job& job : jobs.jobs()) {
        if (job.id() == id) return job;
    }
    ADD_FAILURE() << "no job " << id;
    return {};
}

std::vector<pb::TaskRecord> SchedulerTest::Records(const std::string& kind) {
    pb::ListTasksRequest request;
    request.set_kind(kind);
    request.set_limit(10'000);
    const auto tasks = Call(&Async::ListTasks, std::move(request));
    if (!tasks.ok()) return {};
    return {tasks->records().begin(), tasks->records().end()};
}

pb::TaskRecord SchedulerTest::RecordOf(const std::string& task_id) {
    pb::GetTaskRequest request;
    request.set_id(task_id);
    const auto task = Call(&Async::GetTask, std::move(request));
    return task.ok() ? task->record() : pb::TaskRecord();
}

double SchedulerTest::Metric(const std::string& name) {
    const uint16_t port = schedulers_.back()->WaitForPort("http_port");
    net::HttpClient client(runner_.executor());
    const auto told =
        runner_.Run(Get(client, "http://127.0.0.1:" + std::to_string(port) + "/metrics"));
    EXPECT_TRUE(told.ok()) << told.status();
    std::istringstream lines(told.ok() ? told->body : "");
    double sum = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name)) sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
    return sum;
}

std::set<int64_t> SchedulerTest::Fired(const std::string& job) {
    std::set<int64_t> fired;
    for (const pb::TaskRecord& record : Records(job)) {
        const int64_t due = DueIn(record.task().origin());
        const bool again = due != 0 && !fired.insert(due).second;
        EXPECT_FALSE(again) << job << " fired twice at " << due;
    }
    return fired;
}

bool SchedulerTest::WaitForFirings(const std::string& job, size_t count, int64_t after) {
    const auto enough = [&] {
        const std::set<int64_t> fired = Fired(job);
        return static_cast<size_t>(std::distance(fired.upper_bound(after), fired.end())) >= count;
    };
    return testing::Eventually(enough, 30s);
}

void SchedulerTest::ExpectNoHoles(const std::string& job) {
    const std::set<int64_t> fired = Fired(job);
    ASSERT_FALSE(fired.empty());
    int64_t expected = *fired.begin();
    for (const int64_t due : fired) {
        EXPECT_EQ(due, expected) << job << " skipped a due time";
        expected = due + 1;
    }
}

bus::Connection& SchedulerTest::Bus() {
    if (!bus_) {
        bus::ConnectionConfig config;
        config.url = nats_.url();
        bus_ = std::make_unique<bus::Connection>(runner_.executor(), config);
        EXPECT_TRUE(runner_.Run(bus_->Connect()).ok());
    }
    return *bus_;
}

bus::KvBucket& SchedulerTest::JobsBucket() {
    if (!jobs_) jobs_ = std::make_unique<bus::KvBucket>(Bus(), "jobs");
    return *jobs_;
}

void SchedulerTest::SetLastDue(const std::string& job, Nanos last_due) {
    const Json state = {
        {"paused", false},
        {"last_due", last_due},
        {"last_fired", 0},
        {"last_task_id", ""},
        {"token", 0}};
    const auto written = runner_.Run(JobsBucket().Put("state." + job, state.dump()));
    ASSERT_TRUE(written.ok()) << written.status();
}

}  // namespace mp::scheduler
