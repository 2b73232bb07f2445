#pragma once
// The receiving end of a server-streaming call, read by one coroutine on the dispatcher's executor.
// Made by rpc::Client.

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>
#include <utility>

#include "rpc/stream_reader.hpp"

namespace mp::rpc {

// Destroying it cancels the call, if it still runs. No Read may be under way then.
template <class Response>
class ClientStream {
  public:
    explicit ClientStream(CallPtr<detail::StreamReader<Response>> call) : call_(std::move(call)) {
        call_->Open();
    }
    ClientStream(ClientStream&&) noexcept = default;
    ClientStream& operator=(ClientStream&& other) noexcept {
        ClientStream old(std::move(*this));
        call_ = std::move(other.call_);
        return *this;
    }
    ~ClientStream() {
        if (call_) call_->Leave();
    }

    // True: `message` is the next one. False: the server ended the stream with OK. An error: it
    // ended with that. Cancelled itself, it cancels the call.
    Task<Result<bool>> Read(Response& message) { return call_->Read(message); }
    // Ends the call early; the next Read says CANCELLED.
    void Cancel() { call_->Cancel(); }

  private:
    CallPtr<detail::StreamReader<Response>> call_;
};

// Messages as the bytes that came, for relaying.
using RawClientStream = ClientStream<grpc::ByteBuffer>;

namespace detail {

template <class Request, class Response>
class TypedStreamReader final : public grpc::ClientReadReactor<Response>,
                                public StreamReader<Response> {
  public:
    TypedStreamReader(const Dispatcher& dispatcher, Request request, const CallOptions& options)
        : StreamReader<Response>(dispatcher, options), request_(std::move(request)) {}

    // Tells the stub about this reactor; nothing goes out before Open().
    template <class Async, class Method>
    void Bind(Async* stub, Method method) {
        (stub->*method)(&this->context(), &request_, this);
    }

    void OnReadDone(bool ok) override { this->ReadDone(ok); }
    void OnDone(const grpc::Status& status) override { this->Done(status); }

  private:
    void StartReactor(Response* message) override {
        this->AddHold();
        this->StartRead(message);
        this->StartCall();
    }
    void StartNextRead(Response* message) override { this->StartRead(message); }
    void LetGo() override { this->RemoveHold(); }

    Request request_;
};

}  // namespace detail
}  // namespace mp::rpc
