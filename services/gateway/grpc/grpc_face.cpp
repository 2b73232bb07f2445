#include "gateway/grpc/grpc_face.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "gateway/grpc/known_values.hpp"
#include "gateway/guard/call_watch.hpp"
#include "rpc/byte_buffer.hpp"
#include "runtime/with_deadline.hpp"
#include "wire/batch.hpp"
#include "wire/convert.hpp"

namespace mp::gateway {
namespace {

constexpr size_t kRowsAtOnce = 1000;

Result<LiveRequest> LiveRequestOf(const pb::SubscribeRequest& request) {
    LiveRequest live;
    for (const pb::Series& series : request.series()) {
        const pb::Instrument& name = series.instrument();
        const Result<model::DataType> type = wire::FromProto(series.data_type());
        if (!type.ok()) return Annotate(type.status(), "data_type");
        // The market may be missing here: it is resolved with the symbol.
        live.series.push_back(
            {{name.exchange(), static_cast<model::Market>(name.market()), name.symbol(), {}}, *type}
        );
    }
    live.policy = request.mode() == pb::SLOW_POLICY_CONFLATE ? SlowPolicy::kConflate
                                                             : SlowPolicy::kDisconnect;
    if (request.has_from()) live.from = request.from();
    live.token = request.token();
    return live;
}

// The call's trace where it came with one, else a new one; answered where it was sent.
RequestContext ContextOf(rpc::CallContext& call) {
    const std::string_view given = call.metadata(telemetry::kTraceParentHeader);
    const auto trace = telemetry::TraceContext::Continue(given);
    if (!given.empty()) {
        call.AddTrailingMetadata(telemetry::kTraceParentHeader, trace.ToTraceParent());
    }
    return {call.deadline(), trace};
}

void ToProto(const LiveGap& gap, pb::SeriesGap& out) {
    wire::ToProto(gap.series, *out.mutable_series());
    out.mutable_gap()->set_from_ts(gap.from_ts);
    out.mutable_gap()->set_to_ts(gap.to_ts);
    out.mutable_gap()->set_state(wire::ToProto(gap.state));
    out.mutable_gap()->set_reason(gap.reason);
    if (gap.missing) out.mutable_gap()->set_missing(*gap.missing);
}

// A message has room for one gap: those before the last go ahead, without a token of their own.
std::string GapBytes(const LiveGap& gap) {
    pb::SubscribeResponse response;
    ToProto(gap, *response.mutable_gap());
    return response.SerializeAsString();
}

// The rows' bytes as they are, and behind them the fields that only this message has.
std::string SubscribeBytes(const LiveOutput& out, wire::ChunkBuilder& chunk) {
    std::string bytes;
    for (const LiveRow& row : out.rows) chunk.AddEncoded(*row.instrument, row.bytes);
    chunk.Finish(bytes);
    pb::SubscribeResponse rest;
    rest.set_token(out.token);
    rest.set_lagged(out.lagged);
    rest.set_live(out.live);
    if (!out.gaps.empty()) ToProto(out.gaps.back(), *rest.mutable_gap());
    rest.AppendToString(&bytes);
    return bytes;
}

}  // namespace

Task<Status> GrpcFace::Send(rpc::RawServerWriter& writer, grpc::ByteBuffer message) const {
    const Status ready =
        co_await runtime::WithDeadline(writer.Ready(), Deadline::After(timeouts_.write));
    if (!ready.ok()) {
        co_return absl::ResourceExhaustedError("too slow: nothing was read for too long");
    }
    co_return co_await writer.Write(message);
}

Task<Status> GrpcFace::Relay(
    Admission admission, Result<EventStream> stream, rpc::RawServerWriter& writer
) const {
    if (!stream.ok()) co_return stream.status();
    for (;;) {
        MP_CO_RETURN_IF_ERROR(admission.Check());
        grpc::ByteBuffer chunk;
        const Result<bool> more = co_await stream->Next(chunk);
        if (!more.ok()) co_return more.status();
        if (!*more) co_return OkStatus();
        MP_CO_RETURN_IF_ERROR(co_await Send(writer, chunk));
    }
}

Result<Admission> GrpcFace::Admit(rpc::CallContext& call) const {
    const std::string_view key = call.metadata("x-api-key");
    Admission admission(callers_, key.empty() ? call.metadata("authorization") : key);
    const Result<Caller>& caller = admission.caller();
    const reliability::RateDecision rate = limits_.Check(caller.ok() ? *caller : Caller{}, false);
    call.AddTrailingMetadata("x-ratelimit-limit", std::to_string(rate.limit));
    call.AddTrailingMetadata("x-ratelimit-remaining", std::to_string(rate.remaining));
    call.AddTrailingMetadata("x-ratelimit-reset", std::to_string(rate.reset / kSecond));
    if (!rate.allowed) return RefusalOf(rate);
    if (!caller.ok()) return caller.status();
    return admission;
}

template <class Request, class Response>
Task<Status> GrpcFace::Answer(
    rpc::CallContext& call,
    Task<Result<Response>> (History::*query)(Request, RequestContext),
    Request request,
    Response& response
) const {
    RequestContext context = ContextOf(call);
    const CallWatch watch(call.method(), *context.trace);
    MP_CO_RETURN_IF_ERROR(Admit(call).status());
    MP_CO_RETURN_IF_ERROR(CheckEnums(request));
    context.deadline = context.deadline.Earlier(Deadline::After(timeouts_.request));
    Result<Response> answer = co_await (history_.*query)(std::move(request), context);
    if (!answer.ok()) co_return answer.status();
    response = std::move(*answer);
    co_return OkStatus();
}

grpc::ServerUnaryReactor* GrpcFace::ListInstruments(
    grpc::CallbackServerContext* context,
    const pb::ListInstrumentsRequest* request,
    pb::ListInstrumentsResponse* response
) {
    return rpc::Unary(dispatcher_, "ListInstruments", context, [=, this](auto& call) {
        return Answer(call, &History::ListInstruments, *request, *response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::GetBbo(
    grpc::CallbackServerContext* context,
    const pb::GetBboRequest* request,
    pb::GetBboResponse* response
) {
    return rpc::Unary(dispatcher_, "GetBbo", context, [=, this](auto& call) {
        return Answer(call, &History::Bbo, *request, *response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::GetOrderBook(
    grpc::CallbackServerContext* context,
    const pb::GetOrderBookRequest* request,
    pb::GetOrderBookResponse* response
) {
    return rpc::Unary(dispatcher_, "GetOrderBook", context, [=, this](auto& call) {
        return Answer(call, &History::OrderBook, *request, *response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::QueryCandles(
    grpc::CallbackServerContext* context,
    const pb::QueryCandlesRequest* request,
    pb::QueryCandlesResponse* response
) {
    return rpc::Unary(dispatcher_, "QueryCandles", context, [=, this](auto& call) {
        return Answer(call, &History::Candles, *request, *response);
    });
}

grpc::ServerUnaryReactor* GrpcFace::GetCoverage(
    grpc::CallbackServerContext* context,
    const pb::GetCoverageRequest* request,
    pb::GetCoverageResponse* response
) {
    return rpc::Unary(dispatcher_, "GetCoverage", context, [=, this](auto& call) {
        return Answer(call, &History::Coverage, *request, *response);
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

grpc::ServerWriteReactor<grpc::ByteBuffer>* GrpcFace::Subscribe(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
) {
    return rpc::ServerStream<grpc::ByteBuffer>(
        dispatcher_,
        "Subscribe",
        context,
        [=, this](auto& call, auto& writer) { return RelayLive(call, *request, writer); }
    );
}

Task<Status> GrpcFace::RelayLive(
    rpc::CallContext& call, const grpc::ByteBuffer& request, rpc::RawServerWriter& writer
) {
    Result<Admission> admission = Admit(call);
    if (!admission.ok()) co_return admission.status();
    const Result<pb::SubscribeRequest> parsed = rpc::Parse<pb::SubscribeRequest>(request);
    if (!parsed.ok()) co_return parsed.status();
    MP_CO_RETURN_IF_ERROR(CheckEnums(*parsed));
    Result<LiveRequest> live = LiveRequestOf(*parsed);
    if (!live.ok()) co_return live.status();
    auto session = co_await live_.Open(
        std::move(*live), Deadline::After(std::chrono::seconds(10)).Earlier(call.deadline())
    );
    if (!session.ok()) co_return session.status();
    LiveOutput out;
    wire::ChunkBuilder chunk;
    while (!live_.ending()) {
        MP_CO_RETURN_IF_ERROR(admission->Check());
        MP_CO_RETURN_IF_ERROR(co_await (*session)->Next(
            out, kRowsAtOnce, false, Deadline::After(std::chrono::seconds(1))
        ));
        if (out.empty()) continue;
        live_.Observe(out, clock_.Now());
        for (size_t i = 0; i + 1 < out.gaps.size(); ++i) {
            auto gap = rpc::ToByteBuffer(GapBytes(out.gaps[i]));
            MP_CO_RETURN_IF_ERROR(co_await Send(writer, gap));
        }
        auto rows = rpc::ToByteBuffer(SubscribeBytes(out, chunk));
        MP_CO_RETURN_IF_ERROR(co_await Send(writer, rows));
    }
    co_return absl::UnavailableError("shutting down: resume elsewhere with the last token");
}

Task<Status> GrpcFace::RelayEvents(
    rpc::CallContext& call, const grpc::ByteBuffer& request, rpc::RawServerWriter& writer
) {
    const RequestContext context = ContextOf(call);
    const CallWatch watch(call.method(), *context.trace);
    Result<Admission> admission = Admit(call);
    if (!admission.ok()) co_return admission.status();
    Result<pb::QueryEventsRequest> parsed = rpc::Parse<pb::QueryEventsRequest>(request);
    if (!parsed.ok()) co_return parsed.status();
    MP_CO_RETURN_IF_ERROR(CheckEnums(*parsed));
    auto stream = co_await history_.Events(std::move(*parsed), context, Pace::kClients);
    co_return co_await Relay(*std::move(admission), std::move(stream), writer);
}

Task<Status> GrpcFace::RelayKlines(
    rpc::CallContext& call, const grpc::ByteBuffer& request, rpc::RawServerWriter& writer
) {
    const RequestContext context = ContextOf(call);
    const CallWatch watch(call.method(), *context.trace);
    Result<Admission> admission = Admit(call);
    if (!admission.ok()) co_return admission.status();
    Result<pb::QueryKlinesRequest> parsed = rpc::Parse<pb::QueryKlinesRequest>(request);
    if (!parsed.ok()) co_return parsed.status();
    MP_CO_RETURN_IF_ERROR(CheckEnums(*parsed));
    auto stream = co_await history_.Klines(std::move(*parsed), context, Pace::kClients);
    co_return co_await Relay(*std::move(admission), std::move(stream), writer);
}

}  // namespace mp::gateway
