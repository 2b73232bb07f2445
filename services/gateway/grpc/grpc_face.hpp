#pragma once
// gRPC: MarketDataService over the query layer. Streams of history are relayed as the bytes that
// the store sent. Methods run as coroutines on the dispatcher's executor; everything referenced
// outlives the server.

#include <grpcpp/support/server_callback.h>

#include "base/time.hpp"
#include "gateway/guard/admission.hpp"
#include "gateway/guard/caller.hpp"
#include "gateway/guard/limits.hpp"
#include "gateway/live/live.hpp"
#include "gateway/query/history.hpp"
#include "marketprism/v1/market_data.grpc.pb.h"
#include "rpc/dispatcher.hpp"
#include "rpc/server_stream.hpp"
#include "rpc/unary.hpp"

namespace mp::gateway {

// Plain methods as messages, streams of events as bytes.
using MarketDataMethods = pb::MarketDataService::WithCallbackMethod_ListInstruments<
    pb::MarketDataService::WithRawCallbackMethod_QueryEvents<
        pb::MarketDataService::WithCallbackMethod_GetBbo<
            pb::MarketDataService::WithCallbackMethod_GetOrderBook<
                pb::MarketDataService::WithRawCallbackMethod_QueryKlines<
                    pb::MarketDataService::WithCallbackMethod_QueryCandles<
                        pb::MarketDataService::WithCallbackMethod_GetCoverage<
                            pb::MarketDataService::WithRawCallbackMethod_Subscribe<
                                pb::MarketDataService::Service>>>>>>>>;

class GrpcFace final : public MarketDataMethods {
  public:
    struct Timeouts {
        Duration request;  // of one answer
        Duration write;    // a client that takes nothing for so long is cut off
    };

    GrpcFace(
        const rpc::Dispatcher& dispatcher,
        History& history,
        Live& live,
        const Callers& callers,
        Limits& limits,
        Timeouts timeouts,
        const Clock& clock = DefaultClock()
    )
        : dispatcher_(dispatcher),
          history_(history),
          live_(live),
          callers_(callers),
          limits_(limits),
          timeouts_(timeouts),
          clock_(clock) {}

    grpc::ServerUnaryReactor* ListInstruments(
        grpc::CallbackServerContext* context,
        const pb::ListInstrumentsRequest* request,
        pb::ListInstrumentsResponse* response
    ) override;
    grpc::ServerUnaryReactor* GetBbo(
        grpc::CallbackServerContext* context,
        const pb::GetBboRequest* request,
        pb::GetBboResponse* response
    ) override;
    grpc::ServerUnaryReactor* GetOrderBook(
        grpc::CallbackServerContext* context,
        const pb::GetOrderBookRequest* request,
        pb::GetOrderBookResponse* response
    ) override;
    grpc::ServerUnaryReactor* QueryCandles(
        grpc::CallbackServerContext* context,
        const pb::QueryCandlesRequest* request,
        pb::QueryCandlesResponse* response
    ) override;
    grpc::ServerUnaryReactor* GetCoverage(
        grpc::CallbackServerContext* context,
        const pb::GetCoverageRequest* request,
        pb::GetCoverageResponse* response
    ) override;
    grpc::ServerWriteReactor<grpc::ByteBuffer>* QueryEvents(
        grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
    ) override;
    grpc::ServerWriteReactor<grpc::ByteBuffer>* QueryKlines(
        grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
    ) override;

    grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(
        grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
    ) override;

  private:
    // Identifies the caller and charges its limits; puts x-ratelimit-* into the trailers.
    Result<Admission> Admit(rpc::CallContext& call) const;
    // The answer of a query, for callers who may ask it.
    template <class Request, class Response>
    Task<Status> Answer(
        rpc::CallContext& call,
        Task<Result<Response>> (History::*query)(Request, RequestContext),
        Request request,
        Response& response
    ) const;
    // The next message of a stream; ResourceExhausted where the client does not read on.
    Task<Status> Send(rpc::RawServerWriter& writer, grpc::ByteBuffer message) const;
    // Both end with Unauthenticated once the caller's key has been revoked.
    Task<Status> Relay(
        Admission admission, Result<EventStream> stream, rpc::RawServerWriter& writer
    ) const;
    Task<Status> RelayLive(
        rpc::CallContext& call, const grpc::ByteBuffer& request, rpc::RawServerWriter& writer
    );
    Task<Status> RelayEvents(
        rpc::CallContext& call, const grpc::ByteBuffer& request, rpc::RawServerWriter& writer
    );
    Task<Status> RelayKlines(
        rpc::CallContext& call, const grpc::ByteBuffer& request, rpc::RawServerWriter& writer
    );

    const rpc::Dispatcher& dispatcher_;
    History& history_;
    Live& live_;
    const Callers& callers_;
    Limits& limits_;
    const Timeouts timeouts_;
    const Clock& clock_;
};

}  // namespace mp::gateway
