#pragma once
// Calls to one gRPC service from coroutines on the dispatcher's executor:
//
//   rpc::Client<pb::StorageService> storage(dispatcher, channel);
//   Result<pb::GetBboResponse> bbo =
//       co_await storage.Call(&pb::StorageService::StubInterface::async_interface::GetBbo, request,
//       deadline);
//
// Every call has a deadline, which travels with it. A cancelled await cancels the call; nothing
// that gRPC still holds belongs to the coroutine. Copies share the channel.

#include <grpcpp/channel.h>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "rpc/client_stream.hpp"
#include "rpc/generic_stream.hpp"
#include "rpc/unary_client_call.hpp"

namespace mp::rpc {

template <class Service>
class Client {
  public:
    using Async = typename Service::StubInterface::async_interface;
    template <class Request, class Response>
    using UnaryMethod =
        void (Async::*)(grpc::ClientContext*, const Request*, Response*, grpc::ClientUnaryReactor*);
    template <class Request, class Response>
    using StreamMethod =
        void (Async::*)(grpc::ClientContext*, const Request*, grpc::ClientReadReactor<Response>*);

    Client(const Dispatcher& dispatcher, std::shared_ptr<grpc::Channel> channel)
        : dispatcher_(&dispatcher),
          channel_(std::move(channel)),
          stub_(Service::NewStub(channel_)) {}

    template <class Request, class Response>
    Task<Result<Response>> Call(
        UnaryMethod<Request, Response> method,
        std::type_identity_t<Request> request,
        CallOptions options
    ) {
        using UnaryCall = detail::UnaryClientCall<Request, Response>;
        CallPtr call(new UnaryCall(*dispatcher_, std::move(request), options));
        return detail::RunUnary<Response>(std::move(call), stub_, method);
    }
    template <class Request, class Response>
    Task<Result<Response>> Call(
        UnaryMethod<Request, Response> method,
        std::type_identity_t<Request> request,
        Deadline deadline
    ) {
        return Call(method, std::move(request), CallOptions{deadline});
    }

    // Starts the call at once.
    template <class Request, class Response>
    ClientStream<Response> Open(
        StreamMethod<Request, Response> method,
        std::type_identity_t<Request> request,
        CallOptions options
    ) {
        using Reader = detail::TypedStreamReader<Request, Response>;
        auto* reader = new Reader(*dispatcher_, std::move(request), options);
        CallPtr<detail::StreamReader<Response>> call(reader);
        if (!call->closed()) reader->Bind(stub_->async(), method);
        return ClientStream<Response>(std::move(call));
    }

    // A server-streaming method by its name ("QueryEvents"), its messages left as bytes.
    template <class Request>
    RawClientStream OpenRaw(
        std::string_view method, const Request& request, const CallOptions& options
    ) {
        return detail::OpenGeneric(
            *dispatcher_, channel_, FullName(method), ToByteBuffer(request), options
        );
    }

    const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  private:
    static std::string FullName(std::string_view method) {
        return "/" + std::string(Service::service_full_name()) + "/" + std::string(method);
    }

    const Dispatcher* dispatcher_;
    std::shared_ptr<grpc::Channel> channel_;
    std::shared_ptr<typename Service::Stub> stub_;
};

}  // namespace mp::rpc
