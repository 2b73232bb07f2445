#include "scheduler/tasks/poll_task.hpp"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "rpc/traced.hpp"
#include "runtime/all_of.hpp"
#include "tasks/payload.hpp"
#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

const telemetry::Logger kLog{"scheduler.poll"};

}  // namespace

Task<Result<std::string>> PollTask::Run(tasks::TaskContext& context) {
    auto payload = tasks::Payload::Parse(context.task().payload_json());
    if (!payload.ok()) co_return payload.status();
    const Duration period = payload->GetDuration("period", Duration(0));
    MP_CO_RETURN_IF_ERROR(payload->Finish());
    auto collectors = peers_.Collectors(name_);
    if (!collectors.ok()) co_return collectors.status();
    pb::PollRequest request;
    request.set_data_type(data_type_);
    request.set_period_ns(period.count());
    pb::PollResponse sum;
    std::vector<Task<Status>> asking;
    for (const Collector& collector : *collectors) {
        auto options = rpc::Traced(context.deadline(), context.trace());
        asking.push_back(Ask(collector, request, std::move(options), sum));
    }
    MP_CO_RETURN_IF_ERROR(co_await runtime::AllOf(std::move(asking)));
    const auto failed = static_cast<uint32_t>(sum.failures_size());
    if (failed > 0 && failed == sum.instruments()) {
        co_return absl::UnavailableError(sum.failures(0).error());
    }
    co_return nlohmann::json{
        {"collectors", collectors->size()},
        {"instruments", sum.instruments()},
        {"events", sum.events()},
        {"failed", failed}}
        .dump();
}

// A collector that has just died is no failure: what it collected is others' by the next time.
Task<Status> PollTask::Ask(
    Collector collector, pb::PollRequest request, rpc::CallOptions options, pb::PollResponse& sum
) {
    const auto answer = co_await collector.Call(
        &pb::CollectorService::StubInterface::async_interface::Poll,
        std::move(request),
        std::move(options)
    );
    if (!answer.ok()) {
        kLog.Warn("a collector could not be asked", {{"reason", answer.status()}});
        co_return absl::IsUnavailable(answer.status()) ? OkStatus() : answer.status();
    }
    for (const pb::PollFailure& failure : answer->failures()) {
        kLog.Warn(
            "a venue did not answer",
            {{"symbol", failure.instrument().symbol()}, {"reason", failure.error()}}
        );
    }
    sum.MergeFrom(*answer);
    co_return OkStatus();
}

}  // namespace mp::scheduler
