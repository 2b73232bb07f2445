#include "tasks/task_source.hpp"

#include <utility>

#include "bus/consumer.hpp"
#include "bus/topology.hpp"

namespace mp::tasks {
namespace {

// Says when asking is over, however it ended.
class Asking {
  public:
    Asking(bool& asking, runtime::Condition& changed) : asking_(asking), changed_(changed) {
        asking_ = true;
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() {
        asking_ = false;
        changed_.NotifyAll();
    }

  private:
    bool& asking_;
    runtime::Condition& changed_;
};

bus::ConsumerConfig ConsumerFor(
    const std::string& kind, Priority priority, std::chrono::milliseconds ack_wait
) {
    bus::ConsumerConfig config;
    config.stream = bus::kTasksStream;
    config.durable = kind + "-" + std::string(PriorityName(priority));
    config.filter = TaskSubject(kind, priority);
    config.ack_wait = ack_wait;
    config.max_ack_pending = 1024;
    return config;
}

}  // namespace

TaskSource::TaskSource(
    bus::Connection& connection, const std::vector<std::string>& kinds, Config config
)
    : connection_(connection), config_(config) {
    for (const std::string& kind : kinds) {
        for (size_t i = 0; i < kPriorities.size(); ++i) {
            auto consumer = ConsumerFor(kind, kPriorities[i], config_.ack_wait);
            std::string subject = consumer.filter;
            queues_.push_back(
                {i,
                 std::move(subject),
                 std::make_unique<bus::PullConsumer>(connection_, std::move(consumer))}
            );
        }
    }
}

Status TaskSource::Listen() {
    // What enters the stream passes by here too.
    for (size_t i = 0; i < queues_.size(); i += kPriorities.size()) {
        const std::string& first = queues_[i].subject;
        auto subscribed = connection_.Subscribe(
            first.substr(0, first.rfind('.')) + ".*",
            [this](std::span<bus::Message> burst) {
                for (const bus::Message& message : burst) OnNews(message.subject());
            }
        );
        if (!subscribed.ok()) return subscribed.status();
        listening_.push_back(*std::move(subscribed));
    }
    listening_.push_back(connection_.OnStateChange([this](const bus::ConnectionState& state) {
        if (state.connected) SuspectAll();
    }));
    return OkStatus();
}

void TaskSource::OnNews(std::string_view subject) {
    for (Queue& queue : queues_) {
        if (queue.subject == subject) queue.maybe = true;
    }
    changed_.NotifyAll();
}

void TaskSource::SuspectAll() {
    for (Queue& queue : queues_) queue.maybe = true;
    changed_.NotifyAll();
}

TaskSource::Queue* TaskSource::Choose() {
    std::array<bool, kPriorities.size()> ready{};
    for (const Queue& queue : queues_) ready[queue.priority] |= queue.maybe;
    const auto priority = order_.Next(ready);
    if (!priority) return nullptr;
    for (size_t i = 0; i < queues_.size(); ++i) {
        Queue& queue = queues_[(turn_ + i) % queues_.size()];
        if (queue.priority != *priority || !queue.maybe) continue;
        turn_ = (turn_ + i + 1) % queues_.size();
        return &queue;
    }
    return nullptr;
}

runtime::Task<Result<bus::StreamMessage>> TaskSource::Next(std::function<bool()> give_up) {
    for (;;) {
        while (asking_ && !give_up()) co_await changed_.Wait();
        if (give_up()) co_return absl::CancelledError("no more tasks are wanted");
        Queue* const queue = Choose();
        if (queue == nullptr) {
            const bool news = co_await changed_.Wait(Deadline::After(config_.poll));
            // Retries that became due and tasks of lost workers come without news.
            if (!news) SuspectAll();
            continue;
        }
        const Asking asking(asking_, changed_);
        queue->maybe = false;  // news while we ask counts
        constexpr std::chrono::milliseconds kNow{0};
        auto messages = co_await queue->consumer->Fetch(1, kNow);
        if (!messages.ok()) {
            queue->maybe = true;
            co_return messages.status();
        }
        if (messages->empty()) continue;
        queue->maybe = true;
        co_return std::move(messages->front());
    }
}

runtime::Task<Result<uint64_t>> TaskSource::Waiting(Deadline deadline) {
    uint64_t waiting = 0;
    for (const Queue& queue : queues_) {
        const auto info = co_await bus::GetConsumerInfo(
            connection_, bus::kTasksStream, queue.consumer->config().durable, deadline
        );
        if (absl::IsNotFound(info.status())) continue;
        if (!info.ok()) co_return info.status();
        waiting += info->pending;
    }
    co_return waiting;
}

}  // namespace mp::tasks
