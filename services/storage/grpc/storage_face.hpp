#pragma once
// StorageService over gRPC. Requests are taken on the executor; all that touches the engine runs on
// the pool, in pieces, so that a client that leaves or a deadline that passes ends its query soon.

#include <memory>
#include <string>

#include "marketprism/v1/storage.grpc.pb.h"
#include "rpc/dispatcher.hpp"
#include "rpc/server_stream.hpp"
#include "runtime/blocking_pool.hpp"
#include "storage/engine.hpp"
#include "storage/grpc/query_watch.hpp"
#include "storage/ingest/stream_reader.hpp"
#include "storage/query/query_context.hpp"

namespace mp::storage {

class StorageFace final : public pb::StorageService::WithRawCallbackMethod_QueryEvents<
                              pb::StorageService::WithRawCallbackMethod_QueryKlines<
                                  pb::StorageService::CallbackService>> {
  public:
    // Everything referenced outlives it.
    StorageFace(
        const rpc::Dispatcher& dispatcher,
        runtime::BlockingPool& pool,
        Engine& engine,
        const StreamReader& reader,
        const QueryCosts& costs
    );

    grpc::ServerUnaryReactor* ListInstruments(
        grpc::CallbackServerContext* context,
        const pb::ListInstrumentsRequest* request,
        pb::ListInstrumentsResponse* response
    ) override;
    grpc::ServerWriteReactor<grpc::ByteBuffer>* QueryEvents(
        grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
    ) override;
    grpc::ServerUnaryReactor* GetOrderBook(
        grpc::CallbackServerContext* context,
        const pb::GetOrderBookRequest* request,
        pb::GetOrderBookResponse* response
    ) override;
    grpc::ServerWriteReactor<grpc::ByteBuffer>* QueryKlines(
        grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
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
    grpc::ServerUnaryReactor* GetStatistics(
        grpc::CallbackServerContext* context,
        const pb::GetStatisticsRequest* request,
        pb::GetStatisticsResponse* response
    ) override;
    grpc::ServerUnaryReactor* DeleteRange(
        grpc::CallbackServerContext* context,
        const pb::DeleteRangeRequest* request,
        pb::DeleteRangeResponse* response
    ) override;

  private:
    template <class Request, class Response>
    using AtOnceQuery = Result<Response> (*)(const QueryContext&, const Request&);

    template <class Query, class Request>
    Task<Status> Stream(
        rpc::CallContext& call, const grpc::ByteBuffer& bytes, rpc::RawServerWriter& writer
    );
    template <class Query, class Request, class Response>
    Task<Status> Stepwise(rpc::CallContext& call, const Request& request, Response& response);
    template <class Request, class Response>
    Task<Status> AtOnce(
        rpc::CallContext& call,
        const Request& request,
        Response& response,
        AtOnceQuery<Request, Response> query
    );
    Task<Status> Statistics(pb::GetStatisticsResponse& response);
    Task<Status> Delete(const pb::DeleteRangeRequest& request, pb::DeleteRangeResponse& response);

    const rpc::Dispatcher& dispatcher_;
    runtime::BlockingPool& pool_;
    Engine& engine_;
    const StreamReader& reader_;
    const QueryCosts& costs_;
    const QueryContext context_;
};

}  // namespace mp::storage
