#pragma once
// Tasks `open_interest` and `funding_rates`: have every collector ask its venues for what they do
// not stream. Payload {"period":"15m"}: how often that happens; {}: nothing is claimed by it.
// Result {"collectors":n,"instruments":n,"events":n,"failed":n}.

#include <string>
#include <utility>

#include "marketprism/v1/instrument.pb.h"
#include "runtime/task.hpp"
#include "scheduler/tasks/peers.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::scheduler {

class PollTask {
  public:
    // `peers` outlives it.
    // `name`: of the task.
    PollTask(Peers& peers, std::string name, pb::DataType data_type)
        : peers_(peers), name_(std::move(name)), data_type_(data_type) {}

    Task<Result<std::string>> Run(tasks::TaskContext& context);

  private:
    Task<Status> Ask(
        Collector collector,
        pb::PollRequest request,
        rpc::CallOptions options,
        pb::PollResponse& sum
    );

    Peers& peers_;
    const std::string name_;
    const pb::DataType data_type_;
};

}  // namespace mp::scheduler
