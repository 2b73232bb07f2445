#include "runtime/blocking_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>

#include "runtime/cancellation.hpp"
#include "runtime/thread.hpp"
#include "runtime/uncancelled.hpp"

namespace mp::runtime {
namespace {

// One call, shared between the thread that runs it and the coroutine that awaits it.
struct Job {
    Job(absl::FunctionRef<void()> to_run, Executor resumes_on)
        : function(to_run), executor(std::move(resumes_on)) {}

    absl::FunctionRef<void()> function;
    Executor executor;
    Status status;  // written by the pool's thread, read after the post that follows
    // Only on the executor's thread.
    Condition changed;
    bool ended = false;

    void Run() {
        try {
            function();
        } catch (const std::exception& thrown) {
            status = absl::InternalError(std::string("blocking call threw: ") + thrown.what());
        }
    }
};

}  // namespace

struct BlockingPool::State {
    size_t max_queued;
    mutable std::mutex mutex;
    std::condition_variable_any wake;
    std::deque<std::shared_ptr<Job>> queue;
    std::vector<std::jthread> threads;  // last: joined before the rest goes away

    // Null: the pool ends.
    std::shared_ptr<Job> Next(const std::stop_token& stop) {
        std::unique_lock lock(mutex);
        if (!wake.wait(lock, stop, [&] { return !queue.empty(); })) return nullptr;
        std::shared_ptr<Job> job = std::move(queue.front());
        queue.pop_front();
        return job;
    }

    void Work(const std::string& name, const std::stop_token& stop) {
        SetThreadName(name);
        while (!stop.stop_requested()) {
            std::shared_ptr<Job> job = Next(stop);
            if (!job) return;
            job->Run();
            const Executor executor = job->executor;
            asio::post(executor, [job = std::move(job)] {
                job->ended = true;
                job->changed.NotifyAll();
            });
        }
    }

    bool Queue(const std::shared_ptr<Job>& job) {
        const std::lock_guard lock(mutex);
        if (queue.size() >= max_queued) return false;
        queue.push_back(job);
        wake.notify_one();
        return true;
    }

    // False: it already runs or has run.
    bool Withdraw(const std::shared_ptr<Job>& job) {
        const std::lock_guard lock(mutex);
        return std::erase(queue, job) > 0;
    }
};

BlockingPool::BlockingPool(const std::string& name, size_t threads, size_t max_queued)
    : state_(std::make_unique<State>()) {
    state_->max_queued = max_queued;
    for (size_t i = 0; i < threads; ++i) {
        state_->threads.emplace_back([state = state_.get(), name](const std::stop_token& stop) {
            state->Work(name, stop);
        });
    }
}

BlockingPool::~BlockingPool() = default;

size_t BlockingPool::queued() const {
    const std::lock_guard lock(state_->mutex);
    return state_->queue.size();
}

Task<Status> BlockingPool::Execute(absl::FunctionRef<void()> function) {
    const Executor executor = co_await asio::this_coro::executor;
    const auto job = std::make_shared<Job>(function, executor);
    if (!state_->Queue(job)) co_return absl::ResourceExhaustedError("blocking pool is saturated");
    bool withdrawn = false;
    co_await detail::AwaitEnd(
        job->changed,
        [&] { return job->ended || withdrawn; },
        [&] { withdrawn = state_->Withdraw(job); }
    );
    // What ran to its end keeps its result; the caller meets the cancellation at its next await.
    if (withdrawn) ThrowCancelled();
    co_return job->status;
}

}  // namespace mp::runtime
