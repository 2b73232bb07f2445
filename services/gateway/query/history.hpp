#pragma once
// What the store knows, as every face of the gateway asks for it: over gRPC, with instruments
// resolved from either of their symbols. One io_context thread; the upstream outlives it.

#include <string>

#include "base/status.hpp"
#include "gateway/query/chunk.hpp"
#include "gateway/query/instruments.hpp"
#include "gateway/query/latest_quotes.hpp"
#include "gateway/upstream/upstream.hpp"
#include "marketprism/v1/query.pb.h"
#include "marketprism/v1/storage.grpc.pb.h"
#include "runtime/task.hpp"

namespace mp::gateway {

namespace pb = marketprism::v1;

using StorageUpstream = Upstream<pb::StorageService>;

// The store's listing, for Instruments.
Instruments::Loader ListFrom(StorageUpstream& storage);

// A streamed answer of the store: EventChunk messages as bytes, ready to be relayed or read.
class EventStream {
  public:
    explicit EventStream(StorageUpstream::Stream stream) : stream_(std::move(stream)) {}

    // True: `chunk` is the next one, in the pieces that came. False: the answer is complete.
    Task<Result<bool>> Next(grpc::ByteBuffer& chunk) { return stream_.Next(chunk); }
    // The same in one piece.
    Task<Result<bool>> Next(std::string& chunk);

  private:
    StorageUpstream::Stream stream_;
};

// Who decides how fast an answer is read.
enum class Pace : uint8_t { kOurs, kClients };

class History {
  public:
    History(StorageUpstream& storage, Instruments& instruments, const LatestQuotes& quotes)
        : storage_(storage), instruments_(instruments), quotes_(quotes) {}

    // The instruments of a request are resolved first: NotFound where nobody has heard of one.
    Task<Result<EventStream>> Events(
        pb::QueryEventsRequest request, RequestContext context, Pace pace = Pace::kOurs
    );
    Task<Result<EventStream>> Klines(
        pb::QueryKlinesRequest request, RequestContext context, Pace pace = Pace::kOurs
    );
    // The newest one: from the live stream, else stored.
    Task<Result<pb::GetBboResponse>> Bbo(pb::GetBboRequest request, RequestContext context);
    Task<Result<pb::GetOrderBookResponse>> OrderBook(
        pb::GetOrderBookRequest request, RequestContext context
    );
    Task<Result<pb::QueryCandlesResponse>> Candles(
        pb::QueryCandlesRequest request, RequestContext context
    );
    Task<Result<pb::GetCoverageResponse>> Coverage(
        pb::GetCoverageRequest request, RequestContext context
    );
    Task<Result<pb::ListInstrumentsResponse>> ListInstruments(
        pb::ListInstrumentsRequest request, RequestContext context
    );
    Task<Result<pb::GetStatisticsResponse>> Statistics(RequestContext context);

    Instruments& instruments() { return instruments_; }
    // The store cannot be asked now.
    bool away() const { return storage_.away(); }

  private:
    StorageUpstream& storage_;
    Instruments& instruments_;
    const LatestQuotes& quotes_;
};

}  // namespace mp::gateway
