#pragma once
// The bridge between gRPC's threads and a service's executor. One per process; declared after the
// io_context and before everything that serves or makes calls.
//
// gRPC's callbacks only push events here (lock-free, any thread); they are run on the executor,
// many for one wake-up. Server calls are started as coroutines there, so that services need no
// locks.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.hpp"
#include "runtime/task.hpp"

namespace mp::rpc {

// Told about every answered server call, on the executor: metrics, access logs, slow calls.
class CallObserver {
  public:
    virtual ~CallObserver() = default;
    virtual void CallEnded(
        std::string_view method, const Status& status, std::chrono::nanoseconds duration
    ) = 0;
};

struct DispatcherOptions {
    // Server calls at once; beyond it they are refused with RESOURCE_EXHAUSTED.
    size_t max_calls = 4096;
};

class DispatcherCore;  // dispatcher_core.hpp, for libs/rpc itself

class Dispatcher {
  public:
    explicit Dispatcher(Executor executor, DispatcherOptions options = {});
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;
    // Ends what is left as Close() does, and waits until gRPC has let go of every outgoing call.
    ~Dispatcher();

    // Must outlive the dispatcher; null for none.
    void set_observer(CallObserver* observer);

    // Answers every server call that is still open with UNAVAILABLE, and every later one at once;
    // cancels outgoing calls. Their coroutines are not resumed again. The last resort of a process
    // that ends without rpc::Server::Run having drained. On the executor's thread, or after it
    // ended.
    void Close();

    size_t calls_open() const;       // server calls accepted and not yet answered
    uint64_t calls_refused() const;  // above max_calls
    const Executor& executor() const;

    const std::shared_ptr<DispatcherCore>& core() const { return core_; }

  private:
    std::shared_ptr<DispatcherCore> core_;  // shared with calls that gRPC has not let go of yet
};

}  // namespace mp::rpc
