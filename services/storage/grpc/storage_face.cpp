#include "storage/grpc/storage_face.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "rpc/byte_buffer.hpp"
#include "rpc/unary.hpp"
#include "runtime/with_deadline.hpp"
#include "storage/query/bar_query.hpp"
#include "storage/query/book_query.hpp"
#include "storage/query/catalog.hpp"
#include "storage/query/event_source.hpp"
#include "storage/query/kline_query.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

// A client that reads no further for this long holds no files and no memory of the engine.
constexpr std::chrono::seconds kStall{1};

}  // namespace

StorageFace::StorageFace(
    const rpc::Dispatcher& dispatcher,
    runtime::BlockingPool& pool,
    Engine& engine,
    const StreamReader& reader,
    const QueryCosts& costs
)
    : dispatcher_(dispatcher),
      pool_(pool),
      engine_(engine),
      reader_(reader),
      costs_(costs),
      context_{engine, DefaultClock(), [&reader] { return reader.settled(); }} {}

// A streamed answer: while one chunk is sent the next one is read.
template <class Query, class Request>
Task<Status> StorageFace::Stream(
    rpc::CallContext& call, const grpc::ByteBuffer& bytes, rpc::RawServerWriter& writer
) {
    Request request;
    MP_CO_RETURN_IF_ERROR(rpc::Parse(bytes, request));
    QueryWatch watch(costs_, call, context_, TextOf(request), request.limit() > 0);
    Result<std::unique_ptr<Query>> query =
        co_await pool_.Run([&] { return Query::Make(watch.context(), request); });
    if (!query.ok()) co_return query.status();
    for (bool last = false; !last;) {
        MP_CO_RETURN_IF_ERROR(watch.meter().Check());
        Result<Chunk> chunk = co_await pool_.Run([&] { return (*query)->Next(); });
        if (!chunk.ok()) co_return chunk.status();
        last = chunk->last;
        if (chunk->bytes.empty()) continue;
        const auto offered = std::chrono::steady_clock::now();
        const Status ready =
            co_await runtime::WithDeadline(writer.Ready(), Deadline::After(kStall));
        if (!ready.ok()) {
            MP_CO_RETURN_IF_ERROR(co_await pool_.Run([&] { (*query)->Release(); }));
        }
        MP_CO_RETURN_IF_ERROR(co_await writer.Write(rpc::ToByteBuffer(std::move(chunk->bytes))));
        watch.meter().Idled(std::chrono::steady_clock::now() - offered);
    }
    co_return OkStatus();
}

// One answer that takes a while: between two steps a cancellation is noticed.
template <class Query, class Request, class Response>
Task<Status> StorageFace::Stepwise(
    rpc::CallContext& call, const Request& request, Response& response
) {
    QueryWatch watch(costs_, call, context_, TextOf(request), true);
    Result<std::unique_ptr<Query>> query =
        co_await pool_.Run([&] { return Query::Make(watch.context(), request); });
    if (!query.ok()) co_return query.status();
    for (bool done = false; !done;) {
        MP_CO_RETURN_IF_ERROR(watch.meter().Check());
        const Result<bool> step = co_await pool_.Run([&] { return (*query)->Step(); });
        if (!step.ok()) co_return step.status();
        done = *step;
    }
    Result<Response> answer = co_await pool_.Run([&] { return (*query)->Answer(); });
    if (!answer.ok()) co_return answer.status();
    response = *std::move(answer);
    co_return OkStatus();
}

template <class Request, class Response>
Task<Status> StorageFace::AtOnce(
    rpc::CallContext& call,
    const Request& request,
    Response& response,
    AtOnceQuery<Request, Response> query
) {
    QueryWatch watch(costs_, call, context_, TextOf(request), true);
    Result<Response> answer = co_await pool_.Run([&] { return query(watch.context(), request); });
    if (!answer.ok()) co_return answer.status();
    response = *std::move(answer);
    co_return OkStatus();
}

Task<Status> StorageFace::Statistics(pb::GetStatisticsResponse& response) {
    // Before the rows are counted: what it promises must be in them.
    const uint64_t floor = reader_.floor();
    const Nanos incarnation = reader_.incarnation();
    Result<pb::GetStatisticsResponse> answer =
        co_await pool_.Run([this] { return storage::GetStatistics(engine_); });
    if (!answer.ok()) co_return answer.status();
    response = *std::move(answer);
    response.set_ack_floor(floor);
    response.set_stream_incarnation(std::to_string(incarnation));
    co_return OkStatus();
}

Task<Status> StorageFace::Delete(
    const pb::DeleteRangeRequest& request, pb::DeleteRangeResponse& response
) {
    const Result<model::Series> series = wire::FromProto(request.series());
    if (!series.ok()) co_return Annotate(series.status(), "series");
    MP_CO_RETURN_IF_ERROR(CheckInterval(request.start(), request.end()));
    MP_CO_RETURN_IF_ERROR(co_await pool_.Run([&] { return CheckKnown(engine_, series->instrument); }
    ));
    const auto id = co_await pool_.Run([&] { return engine_.Find(*series); });
    if (!id.ok()) co_return id.status();
    if (!*id) co_return OkStatus();
    const model::Interval interval{request.start(), request.end()};
    std::string resume;
    do {
        const Result<DeletionSlice> slice =
            co_await pool_.Run([&] { return engine_.DeleteRange(**id, interval, resume); });
        if (!slice.ok()) co_return slice.status();
        response.set_events(response.events() + slice->events);
        resume = slice->next;
    } while (!resume.empty());
    co_return OkStatus();
}

grpc::ServerUnaryReactor* StorageFace::ListInstruments(
    grpc::CallbackServerContext* context,
    const pb::ListInstrumentsRequest* request,
    pb::ListInstrumentsResponse* response
) {
    return rpc::Unary(
        dispatcher_,
        "StorageService/ListInstruments",
        context,
        [this, request, response](rpc::CallContext& call) {
            return AtOnce(call, *request, *response, &storage::ListInstruments);
        }
    );
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* StorageFace::QueryEvents(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
) {
    return rpc::ServerStream<grpc::ByteBuffer>(
        dispatcher_,
        "StorageService/QueryEvents",
        context,
        [this, request](rpc::CallContext& call, rpc::RawServerWriter& writer) {
            return Stream<EventSource, pb::QueryEventsRequest>(call, *request, writer);
        }
    );
}

grpc::ServerUnaryReactor* StorageFace::GetOrderBook(
    grpc::CallbackServerContext* context,
    const pb::GetOrderBookRequest* request,
    pb::GetOrderBookResponse* response
) {
    return rpc::Unary(
        dispatcher_,
        "StorageService/GetOrderBook",
        context,
        [this, request, response](rpc::CallContext& call) {
            return Stepwise<BookQuery>(call, *request, *response);
        }
    );
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* StorageFace::QueryKlines(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request
) {
    return rpc::ServerStream<grpc::ByteBuffer>(
        dispatcher_,
        "StorageService/QueryKlines",
        context,
        [this, request](rpc::CallContext& call, rpc::RawServerWriter& writer) {
            return Stream<KlineQuery, pb::QueryKlinesRequest>(call, *request, writer);
        }
    );
}

grpc::ServerUnaryReactor* StorageFace::QueryCandles(
    grpc::CallbackServerContext* context,
    const pb::QueryCandlesRequest* request,
    pb::QueryCandlesResponse* response
) {
    return rpc::Unary(
        dispatcher_,
        "StorageService/QueryCandles",
        context,
        [this, request, response](rpc::CallContext& call) {
            return Stepwise<BarQuery>(call, *request, *response);
        }
    );
}

grpc::ServerUnaryReactor* StorageFace::GetCoverage(
    grpc::CallbackServerContext* context,
    const pb::GetCoverageRequest* request,
    pb::GetCoverageResponse* response
) {
    return rpc::Unary(
        dispatcher_,
        "StorageService/GetCoverage",
        context,
        [this, request, response](rpc::CallContext& call) {
            return AtOnce(call, *request, *response, &storage::GetCoverage);
        }
    );
}

grpc::ServerUnaryReactor* StorageFace::GetStatistics(
    grpc::CallbackServerContext* context,
    const pb::GetStatisticsRequest*,
    pb::GetStatisticsResponse* response
) {
    return rpc::Unary(
        dispatcher_,
        "StorageService/GetStatistics",
        context,
        [this, response](rpc::CallContext&) { return Statistics(*response); }
    );
}

grpc::ServerUnaryReactor* StorageFace::DeleteRange(
    grpc::CallbackServerContext* context,
    const pb::DeleteRangeRequest* request,
    pb::DeleteRangeResponse* response
) {
    return rpc::Unary(
        dispatcher_,
        "StorageService/DeleteRange",
        context,
        [this, request, response](rpc::CallContext&) { return Delete(*request, *response); }
    );
}

}  // namespace mp::storage
