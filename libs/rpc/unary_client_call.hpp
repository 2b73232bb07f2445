#pragma once
// One outgoing unary call. Only rpc::Client uses it.

#include <grpcpp/support/client_callback.h>
#include <memory>
#include <utility>

#include "rpc/client_call.hpp"
#include "rpc/status.hpp"

namespace mp::rpc::detail {

template <class Request, class Response>
class UnaryClientCall final : public grpc::ClientUnaryReactor, public ClientCall {
  public:
    UnaryClientCall(const Dispatcher& dispatcher, Request request, const CallOptions& options)
        : ClientCall(dispatcher, options), request_(std::move(request)) {}

    void OnDone(const grpc::Status& status) override {
        final_ = status;
        core().PushClientEnd(&done_event_);
    }

    // Until the call has ended or was cancelled.
    template <class Async, class Method>
    Task<> Finished(Async* stub, Method method) {
        return parked_.Wait(
            [this, stub, method] {
                Begin();
                (stub->*method)(&context(), &request_, &response_, this);
                StartCall();
            },
            [this] { Cancel(); }
        );
    }

    Result<Response> TakeResult() {
        if (!final_.ok()) return FromGrpc(final_);
        return std::move(response_);
    }

  private:
    void Ended(bool alive) {
        Over(alive);
        if (alive) parked_.Wake();
        Release();
    }

    Request request_;
    Response response_;
    grpc::Status final_;  // handed over through the event
    MemberEvent<UnaryClientCall, &UnaryClientCall::Ended> done_event_{this};
};

// Keeps the stub until the call has ended.
template <class Response, class Request, class Stub, class Method>
Task<Result<Response>> RunUnary(
    CallPtr<UnaryClientCall<Request, Response>> call, std::shared_ptr<Stub> stub, Method method
) {
    if (call->closed()) co_return absl::UnavailableError("shutting down");
    co_await call->Finished(stub->async(), method);
    co_return call->TakeResult();
}

}  // namespace mp::rpc::detail
