#pragma once
// A service on rpc's adapters, with what a test wants to know of it.

#include <string>
#include <vector>

#include "echo.grpc.pb.h"
#include "rpc/byte_buffer.hpp"
#include "rpc/server_stream.hpp"
#include "rpc/unary.hpp"
#include "runtime/condition.hpp"

namespace mp::rpc {

namespace pb = ::marketprism::test;

class EchoService final : public pb::Echo::WithRawCallbackMethod_Relay<pb::Echo::CallbackService> {
  public:
    explicit EchoService(const Dispatcher& dispatcher) : dispatcher_(dispatcher) {}

    grpc::ServerUnaryReactor* Say(
        grpc::CallbackServerContext* context, const pb::Text* request, pb::Text* response
    ) override {
        return Unary(dispatcher_, "Echo/Say", context, [=, this](CallContext& call) {
            return DoSay(call, *request, *response);
        });
    }
    grpc::ServerUnaryReactor* Wait(
        grpc::CallbackServerContext* context, const pb::Text* request, pb::Text* response
    ) override {
        return Unary(dispatcher_, "Echo/Wait", context, [=, this](CallContext& call) {
            return DoWait(call, *request, *response);
        });
    }
    grpc::ServerWriteReactor<pb::Text>* Count(
        grpc::CallbackServerContext* context, const pb::CountRequest* request
    ) override {
        return ServerStream<pb::Text>(
            dispatcher_,
            "Echo/Count",
            context,
            [=, this](CallContext& call, ServerWriter<pb::Text>& writer) {
                return DoCount(call, *request, writer);
            }
        );
    }
    grpc::ServerWriteReactor<grpc::ByteBuffer>* Relay(
        grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
    ) override {
        return ServerStream<grpc::ByteBuffer>(
            dispatcher_,
            "Echo/Relay",
            context,
            [=, this](CallContext& call, RawServerWriter& writer) {
                return DoRelay(call, *request, writer);
            }
        );
    }

    runtime::Event waiting;    // a call is inside Wait
    runtime::Event cancelled;  // a call to Wait or Count saw that its client had gone
    runtime::Event release;    // lets Wait go on
    std::vector<std::string> traceparents;
    uint32_t written = 0;  // messages that Count has started to send

  private:
    Task<Status> DoSay(CallContext& call, const pb::Text& request, pb::Text& response) {
        if (request.text() == "throw") throw std::runtime_error("out of luck");
        if (request.text() == "missing") co_return absl::NotFoundError("no such thing");
        if (!call.metadata("traceparent").empty()) {
            traceparents.emplace_back(call.metadata("traceparent"));
        }
        response.set_text(request.text());
        co_return OkStatus();
    }

    Task<Status> DoWait(CallContext&, const pb::Text& request, pb::Text& response) {
        waiting.Set();
        try {
            co_await release.Wait();
        } catch (const std::exception&) {
            cancelled.Set();
            throw;
        }
        response.set_text(request.text());
        co_return OkStatus();
    }

    Task<Status> DoCount(
        CallContext&, const pb::CountRequest& request, ServerWriter<pb::Text>& writer
    ) {
        try {
            for (uint32_t i = 0; i < request.to(); ++i) {
                pb::Text message;
                message.set_text(std::to_string(i) + std::string(request.bytes(), '.'));
                const Status sent = co_await writer.Write(std::move(message));
                if (!sent.ok()) {
                    cancelled.Set();
                    co_return sent;
                }
                ++written;
                if (i + 1 == request.fail_after()) co_return absl::DataLossError("it broke");
            }
        } catch (const std::exception&) {
            cancelled.Set();
            throw;
        }
        co_return OkStatus();
    }

    Task<Status> DoRelay(CallContext&, const grpc::ByteBuffer& bytes, RawServerWriter& writer) {
        const Result<pb::CountRequest> request = Parse<pb::CountRequest>(bytes);
        if (!request.ok()) co_return request.status();
        for (uint32_t i = 0; i < request->to(); ++i) {
            pb::Text message;
            message.set_text(std::to_string(i) + std::string(request->bytes(), '.'));
            const Status sent = co_await writer.Write(ToByteBuffer(message.SerializeAsString()));
            if (!sent.ok()) co_return sent;
        }
        co_return OkStatus();
    }

    const Dispatcher& dispatcher_;
};

}  // namespace mp::rpc
