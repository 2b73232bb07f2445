#pragma once
// Answers a unary call of a callback service by a coroutine on the dispatcher's executor:
//
//   grpc::ServerUnaryReactor* GetCoverage(
//       grpc::CallbackServerContext* context, const Request* request, Response* response
//   ) override {
//       return rpc::Unary(dispatcher_, "StorageService/GetCoverage", context, [=, this](auto& call)
//       {
//           return DoGetCoverage(call, *request, *response);   // Task<Status>
//       });
//   }
//
// The messages live until the task has ended. When the client cancels, goes away or its deadline
// passes, the task is cancelled. An exception other than cancellation answers INTERNAL.

#include <grpcpp/support/server_callback.h>
#include <string_view>
#include <utility>

#include "rpc/server_call.hpp"

namespace mp::rpc {
namespace detail {

template <class Handler>
class UnaryCall final : public grpc::ServerUnaryReactor, public ServerCall {
  public:
    UnaryCall(
        const Dispatcher& dispatcher,
        std::string_view method,
        grpc::CallbackServerContext* context,
        Handler handler
    )
        : ServerCall(dispatcher, method, context), handler_(std::move(handler)) {}

    void OnCancel() override { ClientLeft(); }
    void OnDone() override { Release(); }

  private:
    Task<Status> Handle() override { return handler_(context()); }
    void FinishReactor(const grpc::Status& status) override { Finish(status); }

    Handler handler_;
};

}  // namespace detail

// `method` must be a literal: it names the call for the observer.
template <class Handler>
grpc::ServerUnaryReactor* Unary(
    const Dispatcher& dispatcher,
    std::string_view method,
    grpc::CallbackServerContext* context,
    Handler handler
) {
    auto* call = new detail::UnaryCall<Handler>(dispatcher, method, context, std::move(handler));
    call->Admit();
    return call;  // deletes itself when gRPC and the coroutine have both let go
}

}  // namespace mp::rpc
