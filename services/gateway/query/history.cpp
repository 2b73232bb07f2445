#include "gateway/query/history.hpp"

#include <utility>

#include "rpc/byte_buffer.hpp"

namespace mp::gateway {

using Async = pb::StorageService::StubInterface::async_interface;

Instruments::Loader ListFrom(StorageUpstream& storage) {
    return [&storage](pb::ListInstrumentsRequest request, Deadline deadline) {
        return storage.Call<pb::ListInstrumentsRequest, pb::ListInstrumentsResponse>(
            &Async::ListInstruments, std::move(request), deadline
        );
    };
}

Task<Result<bool>> EventStream::Next(std::string& chunk) {
    grpc::ByteBuffer buffer;
    Result<bool> more = co_await stream_.messages.Read(buffer);
    if (!more.ok() || !*more) {
        stream_.permit.Report(more.status());
        co_return more;
    }
    chunk = rpc::ToString(buffer);
    co_return true;
}

Task<Result<EventStream>> History::Events(pb::QueryEventsRequest request, Deadline deadline) {
    MP_CO_RETURN_IF_ERROR(
        co_await instruments_.Resolve(*request.mutable_series()->mutable_instrument(), deadline)
    );
    auto stream = storage_.Open("QueryEvents", request, deadline);
    if (!stream.ok()) co_return stream.status();
    co_return EventStream(std::move(*stream));
}

Task<Result<EventStream>> History::Klines(pb::QueryKlinesRequest request, Deadline deadline) {
    MP_CO_RETURN_IF_ERROR(co_await instruments_.Resolve(*request.mutable_instrument(), deadline));
    auto stream = storage_.Open("QueryKlines", request, deadline);
    if (!stream.ok()) co_return stream.status();
    co_return EventStream(std::move(*stream));
}

Task<Result<pb::GetBboResponse>> History::Bbo(pb::GetBboRequest request, Deadline deadline) {
    MP_CO_RETURN_IF_ERROR(co_await instruments_.Resolve(*request.mutable_instrument(), deadline));
    if (auto live = quotes_.Find(request.instrument())) co_return std::move(*live);
    pb::QueryEventsRequest latest;
    *latest.mutable_series()->mutable_instrument() = request.instrument();
    latest.mutable_series()->set_data_type(pb::DATA_TYPE_BBO);
    latest.set_limit(1);
    Result<EventStream> stream = co_await Events(std::move(latest), deadline);
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
    pb::GetOrderBookRequest request, Deadline deadline
) {
    MP_CO_RETURN_IF_ERROR(co_await instruments_.Resolve(*request.mutable_instrument(), deadline));
    co_return co_await storage_.Call<pb::GetOrderBookRequest, pb::GetOrderBookResponse>(
        &Async::GetOrderBook, std::move(request), deadline
    );
}

Task<Result<pb::QueryCandlesResponse>> History::Candles(
    pb::QueryCandlesRequest request, Deadline deadline
) {
    MP_CO_RETURN_IF_ERROR(co_await instruments_.Resolve(*request.mutable_instrument(), deadline));
    co_return co_await storage_.Call<pb::QueryCandlesRequest, pb::QueryCandlesResponse>(
        &Async::QueryCandles, std::move(request), deadline
    );
}

Task<Result<pb::GetCoverageResponse>> History::Coverage(
    pb::GetCoverageRequest request, Deadline deadline
) {
    MP_CO_RETURN_IF_ERROR(co_await instruments_.Resolve(*request.mutable_instrument(), deadline));
    co_return co_await storage_.Call<pb::GetCoverageRequest, pb::GetCoverageResponse>(
        &Async::GetCoverage, std::move(request), deadline
    );
}

Task<Result<pb::ListInstrumentsResponse>> History::ListInstruments(
    pb::ListInstrumentsRequest request, Deadline deadline
) {
    co_return co_await storage_.Call<pb::ListInstrumentsRequest, pb::ListInstrumentsResponse>(
        &Async::ListInstruments, std::move(request), deadline
    );
}

Task<Result<pb::GetStatisticsResponse>> History::Statistics(Deadline deadline) {
    co_return co_await storage_.Call<pb::GetStatisticsRequest, pb::GetStatisticsResponse>(
        &Async::GetStatistics, pb::GetStatisticsRequest(), deadline
    );
}

}  // namespace mp::gateway
