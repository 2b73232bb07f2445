#include "gateway/query/history.hpp"

#include <utility>

#include "rpc/byte_buffer.hpp"

namespace mp::gateway {

using Async = pb::StorageService::StubInterface::async_interface;

namespace {

StorageUpstream::Line LineOf(Pace pace) {
    return pace == Pace::kOurs ? StorageUpstream::Line::kStreams : StorageUpstream::Line::kRelays;
}

}  // namespace

Instruments::Loader ListFrom(StorageUpstream& storage) {
    return [&storage](pb::ListInstrumentsRequest request, Deadline deadline) {
        return storage.Read<pb::ListInstrumentsRequest, pb::ListInstrumentsResponse>(
            &Async::ListInstruments, std::move(request), deadline
        );
    };
}

Task<Result<bool>> EventStream::Next(std::string& chunk) {
    grpc::ByteBuffer buffer;
    Result<bool> more = co_await Next(buffer);
    if (more.ok() && *more) chunk = rpc::ToString(buffer);
    co_return more;
}

Task<Result<EventStream>> History::Events(
    pb::QueryEventsRequest request, RequestContext context, Pace pace
) {
    const bool several = !request.instruments().empty();
    if (several && request.series().has_instrument()) {
        co_return absl::InvalidArgumentError("series: has an instrument beside `instruments`");
    }
    for (pb::Instrument& instrument : *request.mutable_instruments()) {
        MP_CO_RETURN_IF_ERROR(co_await instruments_.Resolve(instrument, context.deadline));
    }
    if (!several) {
        MP_CO_RETURN_IF_ERROR(co_await instruments_.Resolve(
            *request.mutable_series()->mutable_instrument(), context.deadline
        ));
    }
    auto stream = co_await storage_.Open("QueryEvents", std::move(request), context, LineOf(pace));
    if (!stream.ok()) co_return stream.status();
    co_return EventStream(std::move(*stream));
}

Task<Result<EventStream>> History::Klines(
    pb::QueryKlinesRequest request, RequestContext context, Pace pace
) {
    MP_CO_RETURN_IF_ERROR(
        co_await instruments_.Resolve(*request.mutable_instrument(), context.deadline)
    );
    auto stream = co_await storage_.Open("QueryKlines", std::move(request), context, LineOf(pace));
    if (!stream.ok()) co_return stream.status();
    co_return EventStream(std::move(*stream));
}

Task<Result<pb::GetBboResponse>> History::Bbo(pb::GetBboRequest request, RequestContext context) {
    MP_CO_RETURN_IF_ERROR(
        co_await instruments_.Resolve(*request.mutable_instrument(), context.deadline)
    );
    if (auto live = quotes_.Find(request.instrument())) {
        if (storage_.away()) live->set_degraded(true);
        co_return std::move(*live);
    }
    pb::QueryEventsRequest latest;
    *latest.mutable_series()->mutable_instrument() = request.instrument();
    latest.mutable_series()->set_data_type(pb::DATA_TYPE_BBO);
    latest.set_limit(1);
    Result<EventStream> stream = co_await Events(std::move(latest), context);
    if (!stream.ok()) co_return stream.status();
    pb::GetBboResponse response;
    std::string chunk;
    for (;;) {
        const Result<bool> more = co_await stream->Next(chunk);
        if (!more.ok()) co_return more.status();
        if (!*more) break;
        pb::EventChunk parsed;
        if (!parsed.ParseFromString(chunk))
            co_return absl::InternalError("malformed answer of the store");
        if (parsed.entries().empty()) continue;
        *response.mutable_instrument() = parsed.instruments(0);
        *response.mutable_event() = std::move(*parsed.mutable_entries(0)->mutable_event());
    }
    if (!response.has_event()) {
        co_return absl::NotFoundError(
            "no best bid and offer of " + request.instrument().symbol() + " yet"
        );
    }
    co_return response;
}

Task<Result<pb::GetOrderBookResponse>> History::OrderBook(
    pb::GetOrderBookRequest request, RequestContext context
) {
    MP_CO_RETURN_IF_ERROR(
        co_await instruments_.Resolve(*request.mutable_instrument(), context.deadline)
    );
    co_return co_await storage_.Read<pb::GetOrderBookRequest, pb::GetOrderBookResponse>(
        &Async::GetOrderBook, std::move(request), context
    );
}

Task<Result<pb::QueryCandlesResponse>> History::Candles(
    pb::QueryCandlesRequest request, RequestContext context
) {
    MP_CO_RETURN_IF_ERROR(
        co_await instruments_.Resolve(*request.mutable_instrument(), context.deadline)
    );
    co_return co_await storage_.Read<pb::QueryCandlesRequest, pb::QueryCandlesResponse>(
        &Async::QueryCandles, std::move(request), context
    );
}

Task<Result<pb::GetCoverageResponse>> History::Coverage(
    pb::GetCoverageRequest request, RequestContext context
) {
    MP_CO_RETURN_IF_ERROR(
        co_await instruments_.Resolve(*request.mutable_instrument(), context.deadline)
    );
    co_return co_await storage_.Read<pb::GetCoverageRequest, pb::GetCoverageResponse>(
        &Async::GetCoverage, std::move(request), context
    );
}

Task<Result<pb::ListInstrumentsResponse>> History::ListInstruments(
    pb::ListInstrumentsRequest request, RequestContext context
) {
    co_return co_await storage_.Read<pb::ListInstrumentsRequest, pb::ListInstrumentsResponse>(
        &Async::ListInstruments, std::move(request), context
    );
}

Task<Result<pb::GetStatisticsResponse>> History::Statistics(RequestContext context) {
    co_return co_await storage_.Read<pb::GetStatisticsRequest, pb::GetStatisticsResponse>(
        &Async::GetStatistics, pb::GetStatisticsRequest(), context
    );
}

}  // namespace mp::gateway
