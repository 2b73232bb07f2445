#pragma once
// Answers a server-streaming call of a callback service by a coroutine on the dispatcher's
// executor:
//
//   grpc::ServerWriteReactor<Chunk>* QueryEvents(
//       grpc::CallbackServerContext* context, const Request* request
//   ) override {
//       return rpc::ServerStream<Chunk>(dispatcher_, "StorageService/QueryEvents", context,
//           [=, this](auto& call, auto& writer) { return DoQuery(call, *request, writer); });
//   }                                             // Task<Status>
//
// For hand-encoded messages derive the service from WithRawCallbackMethod_QueryEvents<...>: both
// messages are then grpc::ByteBuffer; rpc::Parse reads the request, rpc::ToByteBuffer makes the
// answers. Cancellation as for rpc::Unary.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "rpc/parking.hpp"
#include "rpc/server_call.hpp"

namespace mp::rpc {

template <class Response>
class ServerWriter {
  public:
    // Waits until the previous message is on its way (the client's speed is the writer's), then
    // starts this one and returns: the next one is made while this one is sent. CANCELLED when the
    // client has gone. Cancelled itself, it has not sent the message.
    virtual Task<Status> Write(Response message) = 0;
    // Waits until a Write would start at once, or the client has gone. May be cancelled and
    // repeated.
    virtual Task<> Ready() = 0;

  protected:
    ~ServerWriter() = default;
};

using RawServerWriter = ServerWriter<grpc::ByteBuffer>;

namespace detail {

template <class Response, class Handler>
class StreamCall final : public grpc::ServerWriteReactor<Response>,
                         public ServerCall,
                         public ServerWriter<Response> {
  public:
    StreamCall(
        const Dispatcher& dispatcher,
        std::string_view method,
        grpc::CallbackServerContext* context,
        Handler handler
    )
        : ServerCall(dispatcher, method, context), handler_(std::move(handler)) {}

    void OnCancel() override { ClientLeft(); }
    void OnDone() override { Release(); }
    void OnWriteDone(bool ok) override {
        write_ok_ = ok;
        if (writing_.exchange(Writing::kNo) == Writing::kAwaited) {
            core().Push(&written_event_);
        } else {
            Release();
        }
    }

    Task<> Ready() override {
        while (!answered() && AwaitsWrite()) co_await written_.Wait();
    }

    Task<Status> Write(Response message) override {
        co_await Ready();
        if (answered() || !write_ok_) co_return absl::CancelledError("the client has gone");
        message_ = std::move(message);
        writing_ = Writing::kYes;
        AddRef();
        this->StartWrite(&message_);
        co_return OkStatus();
    }

  private:
    // A client that does not read an error for this long is cut off instead.
    static constexpr std::chrono::seconds kLinger{5};

    // The end of a write wakes the executor only where somebody there waits for it.
    enum class Writing : uint8_t { kNo, kYes, kAwaited };

    Task<Status> Handle() override { return handler_(context(), *this); }
    void FinishReactor(const grpc::Status& status) override { this->Finish(status); }

    // Whether a write is under way; Written() then runs at its end.
    bool AwaitsWrite() {
        auto under_way = Writing::kYes;
        return writing_.compare_exchange_strong(under_way, Writing::kAwaited) ||
               under_way == Writing::kAwaited;
    }

    bool ReadyToFinish(const Status& status) override {
        if (!AwaitsWrite()) return true;
        result_ = status;
        if (!status.ok()) CutAfterLinger();
        return false;
    }

    void Abandoned() override {
        if (core().closed()) {
            written_.Drop();
        } else {
            written_.Wake();
        }
    }

    void CutAfterLinger() {
        linger_.emplace(core().executor(), kLinger);
        AddRef();
        linger_->async_wait([this, self = Reference(this)](const boost::system::error_code& error) {
            if (!error) context().grpc().TryCancel();
        });
    }

    void Written(bool alive) {
        if (alive) {
            if (linger_) linger_->cancel();
            if (result_) {
                Answer(*result_);
            } else {
                written_.Wake();
            }
        }
        Release();
    }

    Handler handler_;
    Response message_;
    std::atomic<Writing> writing_{Writing::kNo};
    bool write_ok_ = true;          // of the last write; gRPC's while one is under way
    std::optional<Status> result_;  // of the task, while the last write is under way
    std::optional<asio::steady_timer> linger_;
    Parking written_;
    MemberEvent<StreamCall, &StreamCall::Written> written_event_{this};
};

}  // namespace detail

// `method` must be a literal: it names the call for the observer.
template <class Response, class Handler>
grpc::ServerWriteReactor<Response>* ServerStream(
    const Dispatcher& dispatcher,
    std::string_view method,
    grpc::CallbackServerContext* context,
    Handler handler
) {
    auto* call =
        new detail::StreamCall<Response, Handler>(dispatcher, method, context, std::move(handler));
    call->Admit();
    return call;  // deletes itself when gRPC and the coroutine have both let go
}

}  // namespace mp::rpc
