#pragma once
// The part of a server call that does not depend on its types: life between gRPC's threads and the
// executor. Only the adapters in libs/rpc derive from it.

#include <atomic>
#include <chrono>
#include <exception>
#include <grpcpp/support/server_callback.h>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/cancellation_signal.hpp>

#include "base/status.hpp"
#include "rpc/call_context.hpp"
#include "rpc/dispatcher_core.hpp"
#include "runtime/task.hpp"

namespace mp::rpc {

class ServerCall : public OpenCall {
  public:
    ServerCall(const ServerCall&) = delete;
    ServerCall& operator=(const ServerCall&) = delete;

    // Hands the call to the executor, or refuses it. Once, before the reactor is returned to gRPC.
    void Admit();

  protected:
    ServerCall(
        const Dispatcher& dispatcher, std::string_view method, grpc::CallbackServerContext* context
    );
    virtual ~ServerCall() = default;

    CallContext& context() { return context_; }
    DispatcherCore& core() { return *core_; }
    void AddRef() { references_.fetch_add(1, std::memory_order_relaxed); }
    void Release();
    // A reference taken over by a handler: let go of also when the handler is never called.
    class Reference {
      public:
        explicit Reference(ServerCall* call) : call_(call) {}
        Reference(Reference&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
        Reference& operator=(Reference&&) = delete;
        ~Reference() {
            if (call_ != nullptr) call_->Release();
        }
        ServerCall* operator->() const { return call_; }

      private:
        ServerCall* call_;
    };
    // gRPC's OnCancel: the task is cancelled on the executor.
    void ClientLeft();

    virtual Task<Status> Handle() = 0;
    virtual void FinishReactor(const grpc::Status& status) = 0;
    // Whether FinishReactor may be called now; otherwise the adapter calls Answer() later.
    virtual bool ReadyToFinish(const Status&) { return true; }
    // Ends the call with what its task returned. Executor's thread; only the first one counts.
    void Answer(const Status& status);
    bool answered() const { return answered_; }
    // The call was answered over its task's head: what the task waits for will not come.
    virtual void Abandoned() {}

  private:
    void Start(bool alive);
    void Cancel(bool alive);
    void Ended(const std::exception_ptr& thrown, Status status);
    void Abandon() override;

    const std::shared_ptr<DispatcherCore> core_;
    CallContext context_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::atomic<int> references_{2};  // gRPC's (until OnDone) and the task's
    bool answered_ = false;
    asio::cancellation_signal cancel_;
    MemberEvent<ServerCall, &ServerCall::Start> start_event_{this};
    MemberEvent<ServerCall, &ServerCall::Cancel> cancel_event_{this};
};

}  // namespace mp::rpc
