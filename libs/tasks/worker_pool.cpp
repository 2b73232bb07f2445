#include "tasks/worker_pool.hpp"

#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bus/stream.hpp"
#include "bus/topology.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"
#include "tasks/attempt.hpp"
#include "tasks/message.hpp"
#include "tasks/records.hpp"
#include "tasks/task_source.hpp"
#include "telemetry/logging.hpp"

namespace mp::tasks {
namespace {

const telemetry::Logger& Log() {
    static const telemetry::Logger log("tasks");
    return log;
}

constexpr std::chrono::seconds kCountTimeout{5};
constexpr std::chrono::seconds kCallTimeout{5};
constexpr std::chrono::milliseconds kLookForQueue{500};

}  // namespace

struct WorkerPool::Impl {
    Impl(
        bus::Connection& connection_in,
        reliability::KeyValue& results,
        bus::DeadLetters& dead_letters,
        PoolConfig config_in,
        const Clock& clock
    )
        : connection(connection_in),
          records(results),
          config(std::move(config_in)),
          shop{connection, records, dead_letters, config, clock, counters, {}} {}

    runtime::Task<> AwaitQueue();
    runtime::Task<Status> Worker(size_t number);
    runtime::Task<Status> WorkOnce(std::string name);
    runtime::Task<Status> Scale();
    runtime::Task<Status> ScaleOnce();
    Status Spawn();
    void OnCancel(std::span<bus::Message> burst);

    bus::Connection& connection;
    Records records;
    const PoolConfig config;
    PoolCounters counters;
    Workshop shop;
    std::map<std::string, TaskHandler> handlers;

    // While running.
    std::optional<TaskSource> source;
    std::optional<runtime::TaskGroup> group;
    size_t spawned = 0;
    size_t workers = 0;
    size_t busy = 0;
    size_t surplus = 0;  // workers that are to leave
    bool has_queue = false;
    bool draining = false;
    runtime::Condition changed;
};

// --- working

// Without a scheduler there is no queue yet: nothing to do, and nothing wrong.
runtime::Task<> WorkerPool::Impl::AwaitQueue() {
    for (bool said = false;; said = true) {
        const auto queue = co_await bus::GetStreamInfo(
            connection, bus::kTasksStream, Deadline::After(kCallTimeout)
        );
        has_queue = queue.ok();
        if (has_queue) co_return;
        if (!said) Log().Info("waiting for the queue of tasks", {{"reason", queue.status()}});
        co_await runtime::Sleep(kLookForQueue);
    }
}

runtime::Task<Status> WorkerPool::Impl::Worker(size_t number) {
    const std::string name = config.name + "-worker-" + std::to_string(number);
    while (surplus == 0 && !draining) {
        const Status worked = co_await WorkOnce(name);
        if (worked.ok()) continue;
        ++counters.errors;
        Log().Warn("worker failed", {{"worker", name}, {"error", worked}});
        co_await runtime::Sleep(config.worker_pause_after_error);
    }
    if (surplus > 0) --surplus;
    --workers;
    changed.NotifyAll();
    co_return OkStatus();
}

namespace {

// Counts while it lives.
class Counted {
  public:
    explicit Counted(size_t& count) : count_(count) { ++count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --count_; }

  private:
    size_t& count_;
};

}  // namespace

runtime::Task<Status> WorkerPool::Impl::WorkOnce(std::string name) {
    const std::function<bool()> give_up = [this] { return surplus > 0 || draining; };
    auto message = co_await source->Next(give_up);
    if (absl::IsCancelled(message.status())) co_return OkStatus();
    if (!message.ok()) co_return message.status();
    const Counted counted(busy);
    Attempt attempt(shop, *std::move(message), std::move(name));
    const auto handler = handlers.find(attempt.kind());
    // What cannot be read, or is filed under another kind, is buried without one.
    static const TaskHandler kNone;
    co_return co_await attempt.Run(handler == handlers.end() ? kNone : handler->second);
}

void WorkerPool::Impl::OnCancel(std::span<bus::Message> burst) {
    for (const bus::Message& message : burst) {
        const auto found = shop.running.find(std::string(message.payload()));
        if (found != shop.running.end()) found->second->Set();
    }
}

// --- scaling

Status WorkerPool::Impl::Spawn() {
    if (Status spawned_one = group->Spawn(Worker(++spawned)); !spawned_one.ok()) return spawned_one;
    ++workers;
    Log().Info("Spawned worker", {{"pool", config.name}, {"workers", workers}});
    return OkStatus();
}

runtime::Task<Status> WorkerPool::Impl::Scale() {
    for (;;) {
        co_await runtime::Sleep(config.scale_every);
        const Status scaled = co_await ScaleOnce();
        if (scaled.ok()) continue;
        ++counters.errors;
        Log().Warn("scaling failed", {{"pool", config.name}, {"error", scaled}});
        co_await runtime::Sleep(config.scale_pause_after_error);
    }
}

runtime::Task<Status> WorkerPool::Impl::ScaleOnce() {
    const auto waiting = co_await source->Waiting(Deadline::After(kCountTimeout));
    if (!waiting.ok()) co_return waiting.status();
    const size_t before = workers - surplus;
    const double load = before == 0 ? std::numeric_limits<double>::infinity()
                                    : static_cast<double>(*waiting) / static_cast<double>(before);
    if (draining) co_return OkStatus();
    if (load > config.scale_up_above && before < config.max_workers) {
        if (Status grown = Spawn(); !grown.ok()) co_return grown;
        ++counters.scaled_up;
        Log().Info("Scaled up", {{"pool", config.name}, {"from", before}, {"to", before + 1}});
    } else if (load < config.scale_down_below && before > config.min_workers) {
        ++surplus;
        source->Wake();
        ++counters.scaled_down;
        Log().Info("Scaled down", {{"pool", config.name}, {"from", before}, {"to", before - 1}});
    }
    co_return OkStatus();
}

// --- the pool

WorkerPool::WorkerPool(
    bus::Connection& connection,
    reliability::KeyValue& results,
    bus::DeadLetters& dead_letters,
    PoolConfig config,
    const Clock& clock
)
    : impl_(std::make_unique<Impl>(connection, results, dead_letters, std::move(config), clock)) {}

WorkerPool::~WorkerPool() = default;

void WorkerPool::Handle(std::string kind, TaskHandler handler) {
    impl_->handlers.insert_or_assign(std::move(kind), std::move(handler));
}

runtime::Task<Status> WorkerPool::Run() {
    Impl& impl = *impl_;
    std::vector<std::string> kinds;
    for (const auto& [kind, handler] : impl.handlers) {
        if (Status good = CheckKind(kind); !good.ok()) co_return good;
        kinds.push_back(kind);
    }
    co_await impl.AwaitQueue();
    const TaskSource::Config timing{impl.config.ack_wait, impl.config.poll};
    impl.source.emplace(impl.connection, kinds, timing);
    impl.group.emplace(co_await asio::this_coro::executor, impl.config.max_workers);
    if (Status listening = impl.source->Listen(); !listening.ok()) co_return listening;
    auto cancels =
        impl.connection.Subscribe(kCancelSubject, [&impl](auto burst) { impl.OnCancel(burst); });
    if (!cancels.ok()) co_return cancels.status();
    const bus::Subscription cancelling = *std::move(cancels);
    for (size_t i = 0; i < impl.config.min_workers; ++i) {
        if (Status spawned = impl.Spawn(); !spawned.ok()) co_return spawned;
    }
    co_return co_await runtime::FirstOf(impl.group->Wait(), impl.Scale());
}

runtime::Task<Status> WorkerPool::Drain(Deadline deadline) {
    Impl& impl = *impl_;
    impl.draining = true;
    if (impl.source) impl.source->Wake();
    const auto idle = [&impl] { return impl.workers == 0; };
    const bool done = co_await impl.changed.Until(idle, deadline);
    if (done) co_return OkStatus();
    co_return absl::DeadlineExceededError(std::to_string(impl.busy) + " tasks are still running");
}

bool WorkerPool::has_queue() const noexcept {
    return impl_->has_queue;
}
size_t WorkerPool::workers() const noexcept {
    return impl_->workers;
}
size_t WorkerPool::busy() const noexcept {
    return impl_->busy;
}

double WorkerPool::load() const noexcept {
    if (impl_->workers == 0) return 0;
    return static_cast<double>(impl_->busy) / static_cast<double>(impl_->workers);
}

const PoolCounters& WorkerPool::counters() const noexcept {
    return impl_->counters;
}

}  // namespace mp::tasks
