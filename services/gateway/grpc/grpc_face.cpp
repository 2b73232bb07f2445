#include "gateway/grpc/grpc_face.hpp"

#include <string>
#include <utility>

#include "rpc/byte_buffer.hpp"

namespace mp::gateway {
namespace {

// The answer of a query put into the call's response.
template <class Response>
Task<Status> Into(Task<Result<Response>> query, Response& response) {
    Result<Response> answer = co_await std::move(query);
    if (!answer.ok()) co_return answer.status();
    response = std::move(*answer);
    co_return OkStatus();
}

Task<Status> Relay(Result<EventStream> stream, rpc::RawServerWriter& writer) {
    if (!stream.ok()) co_return stream.status();
    for (;;) {
        std::string chunk;
        const Result<bool> more = co_await stream->Next(chunk);
        if (!more.ok()) co_return more.status();
        if (!*more) co_return OkStatus();
        MP_CO_RETURN_IF_ERROR(co_await writer.Write(rpc::ToByteBuffer(std::move(chunk))));
    }
}

}  // namespace

grpc::ServerUnaryReactor* GrpcFace::ListInstruments(
    grpc::CallbackServerContext* context,
    const pb::ListInstrumentsRequest* request,
    pb::ListInstrumentsResponse* response
) {
    return rpc::Unary(dispatcher_, "ListInstruments", context, [=, this](auto& call) {
        return Into(history_.ListInstruments(*request, call.deadline()), *response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::GetBbo(
    grpc::CallbackServerContext* context,
    const pb::GetBboRequest* request,
    pb::GetBboResponse* response
) {
    return rpc::Unary(dispatcher_, "GetBbo", context, [=, this](auto& call) {
        return Into(history_.Bbo(*request, call.deadline()), *response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::GetOrderBook(
    grpc::CallbackServerContext* context,
    const pb::GetOrderBookRequest* request,
    pb::GetOrderBookResponse* response
) {
    return rpc::Unary(dispatcher_, "GetOrderBook", context, [=, this](auto& call) {
        return Into(history_.OrderBook(*request, call.deadline()), *response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::QueryCandles(
    grpc::CallbackServerContext* context,
    const pb::QueryCandlesRequest* request,
    pb::QueryCandlesResponse* response
) {
    return rpc::Unary(dispatcher_, "QueryCandles", context, [=, this](auto& call) {
        return Into(history_.Candles(*request, call.deadline()), *response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::GetCoverage(
    grpc::CallbackServerContext* context,
    const pb::GetCoverageRequest* request,
    pb::GetCoverageResponse* response
) {
    return rpc::Unary(dispatcher_, "GetCoverage", context, [=, this](auto& call) {
        return Into(history_.Coverage(*request, call.deadline()), *response);
    });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* GrpcFace::QueryEvents(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
) {
    return rpc::ServerStream<grpc::ByteBuffer>(
        dispatcher_,
        "QueryEvents",
        context,
        [=, this](auto& call, auto& writer) { return RelayEvents(call, *request, writer); }
    );
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* GrpcFace::QueryKlines(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
) {
    return rpc::ServerStream<grpc::ByteBuffer>(
        dispatcher_,
        "QueryKlines",
        context,
        [=, this](auto& call, auto& writer) { return RelayKlines(call, *request, writer); }
    );
}

Task<Status> GrpcFace::RelayEvents(
    const rpc::CallContext& call, const grpc::ByteBuffer& request, rpc::RawServerWriter& writer
) {
    Result<pb::QueryEventsRequest> parsed = rpc::Parse<pb::QueryEventsRequest>(request);
    if (!parsed.ok()) co_return parsed.status();
    co_return co_await Relay(
        co_await history_.Events(std::move(*parsed), call.deadline()), writer
    );
}

Task<Status> GrpcFace::RelayKlines(
    const rpc::CallContext& call, const grpc::ByteBuffer& request, rpc::RawServerWriter& writer
) {
    Result<pb::QueryKlinesRequest> parsed = rpc::Parse<pb::QueryKlinesRequest>(request);
    if (!parsed.ok()) co_return parsed.status();
    co_return co_await Relay(
        co_await history_.Klines(std::move(*parsed), call.deadline()), writer
    );
}

}  // namespace mp::gateway
