#pragma once
// The part of an outgoing call that does not depend on its types. Only libs/rpc derives from it.

#include <atomic>
#include <grpcpp/client_context.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "rpc/dispatcher_core.hpp"
#include "rpc/parking.hpp"

namespace mp::rpc {

using Metadata = std::vector<std::pair<std::string, std::string>>;

struct CallOptions {
    Deadline deadline;
    Metadata metadata = {};       // lower-case names: "traceparent", "x-request-id"
    bool wait_for_ready = false;  // wait for the connection instead of failing at once
};

class ClientCall : public OpenCall {
  public:
    ClientCall(const ClientCall&) = delete;
    ClientCall& operator=(const ClientCall&) = delete;

    void Release();
    // Asks gRPC to end the call; it does so soon.
    void Cancel() { context_.TryCancel(); }
    bool closed() const { return core_->closed(); }

  protected:
    ClientCall(const Dispatcher& dispatcher, const CallOptions& options);
    virtual ~ClientCall() = default;

    DispatcherCore& core() { return *core_; }
    grpc::ClientContext& context() { return context_; }
    // gRPC has the call from now on, and a reference to it.
    void Begin();
    // gRPC has said its last word; its reference is released next. Of a closed dispatcher Abandon()
    // comes before or after.
    void Over(bool alive);
    // What else to let go of when the dispatcher is closed.
    virtual void Abandoned() {}

    Parking parked_;

  private:
    void Abandon() override;

    const std::shared_ptr<DispatcherCore> core_;
    grpc::ClientContext context_;
    std::atomic<int> references_{1};  // the coroutine's, and gRPC's between Begin() and the end
};

// Holds one reference to a call.
template <class Call>
class CallPtr {
  public:
    explicit CallPtr(Call* call) : call_(call) {}  // takes the reference over
    CallPtr(CallPtr&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
    CallPtr& operator=(CallPtr&& other) noexcept {
        std::swap(call_, other.call_);
        return *this;
    }
    ~CallPtr() {
        if (call_) call_->Release();
    }
    Call* operator->() const { return call_; }
    explicit operator bool() const { return call_ != nullptr; }

  private:
    Call* call_;
};

}  // namespace mp::rpc
