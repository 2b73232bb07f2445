#pragma once
// Where a worker pool's tasks come from: one durable consumer a kind and priority, asked in fair
// order, and only where something may be. From one io_context thread; the connection must outlive
// it.

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/pull_consumer.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "tasks/fair_order.hpp"
#include "tasks/task.hpp"

namespace mp::tasks {

class TaskSource {
  public:
    struct Config {
        std::chrono::milliseconds ack_wait;
        // How often queues that looked empty are asked again without news.
        std::chrono::milliseconds poll;
    };

    TaskSource(bus::Connection& connection, const std::vector<std::string>& kinds, Config config);

    // Hears of new tasks from now on.
    Status Listen();

    // The next task; waits for one without end. Several may wait: each gets another one. Cancelled
    // when `give_up` says so; it is asked again after every Wake.
    runtime::Task<Result<bus::StreamMessage>> Next(std::function<bool()> give_up);
    void Wake() { changed_.NotifyAll(); }

    // Tasks that nobody has been given yet.
    runtime::Task<Result<uint64_t>> Waiting(Deadline deadline);

  private:
    struct Queue {
        size_t priority;  // index into kPriorities
        std::string subject;
        std::unique_ptr<bus::PullConsumer> consumer;
        bool maybe = true;  // worth asking
    };

    Queue* Choose();
    void OnNews(std::string_view subject);
    void SuspectAll();

    bus::Connection& connection_;
    const Config config_;
    std::vector<Queue> queues_;
    FairOrder order_;
    size_t turn_ = 0;  // among kinds
    bool asking_ = false;
    runtime::Condition changed_;
    std::vector<bus::Subscription> listening_;
};

}  // namespace mp::tasks
