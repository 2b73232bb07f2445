#pragma once
// Tasks `open_interest` and `funding_rates`: have every collector ask its venues for what they do
// not stream. Payload {"period":"15m"}: how often that happens; {}: nothing is claimed by it.
// Result {"collectors":n,"instruments":n,"events":n,"failed":n}.

#include <string>

#include "marketprism/v1/instrument.pb.h"
#include "runtime/task.hpp"
#include "scheduler/tasks/peers.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::scheduler {

class PollTask {
  public:
    // `peers` outlives it.
    PollTask(Peers& peers, pb::DataType data_type) : peers_(peers), data_type_(data_type) {}

    Task<Result<std::string>> Run(tasks::TaskContext& context);

  private:
    Task<Status> Ask(
        CollectorClient client, pb::PollRequest request, Deadline deadline, pb::PollResponse& sum
    );

    Peers& peers_;
    const pb::DataType data_type_;
};

}  // namespace mp::scheduler
