#include "runtime/thread.hpp"

#include <exception>
#include <memory>
#include <pthread.h>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

#include "runtime/cancellation.hpp"
#include "runtime/uncancelled.hpp"

namespace mp::runtime {
namespace {

Status CallBody(const std::function<Status(std::stop_token)>& body, std::stop_token stop) {
    try {
        return body(std::move(stop));
    } catch (const std::exception& thrown) {
        return absl::InternalError(std::string("thread threw: ") + thrown.what());
    }
}

struct Ending {
    Condition changed;
    bool ended = false;
    Status status;
};

void RunBody(
    std::stop_token stop,
    const std::string& name,
    const std::function<Status(std::stop_token)>& body,
    const Executor& executor,
    const std::shared_ptr<Ending>& ending
) {
    SetThreadName(name);
    Status status = CallBody(body, std::move(stop));
    asio::post(executor, [ending, status = std::move(status)]() mutable {
        ending->status = std::move(status);
        ending->ended = true;
        ending->changed.NotifyAll();
    });
}

}  // namespace

Task<Status> RunOnThread(std::string name, std::function<Status(std::stop_token)> body) {
    const Executor executor = co_await asio::this_coro::executor;
    const auto ending = std::make_shared<Ending>();
    std::jthread thread([&](std::stop_token stop) {
        RunBody(std::move(stop), name, body, executor, ending);
    });
    const bool cancelled = co_await detail::AwaitEnd(
        ending->changed, [&] { return ending->ended; }, [&] { thread.request_stop(); }
    );
    thread.join();
    if (cancelled) ThrowCancelled();
    co_return ending->status;
}

void SetThreadName(const std::string& name) {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace mp::runtime
