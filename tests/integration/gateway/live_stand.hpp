#pragma once
// A gateway's live side as it stands in the process, on a real broker and a real mp-storage, with a
// publisher in the collector's place.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "gateway/live/fanout.hpp"
#include "gateway/live/live.hpp"
#include "gateway/query/history.hpp"
#include "model/event.hpp"
#include "registry/directory.hpp"
#include "rpc/dispatcher.hpp"
#include "telemetry/metric_registry.hpp"
#include "testing/child_process.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"
#include "testing/temp_dir.hpp"

namespace mp::gateway {

model::Series SeriesOf(std::string_view symbol, model::DataType type);
// One event's bytes.
std::string TradeBytes(uint64_t id, Nanos order_ts);
std::string DeltaBytes(uint64_t first, uint64_t last, std::string_view bid, std::string_view size);
std::string QuoteBytes(uint64_t id, Nanos received);
std::string ListingBytes(std::string_view status, Nanos received);
std::string GapBytes(model::DataType type, Nanos from, Nanos to, std::string_view reason);

// first..last: what trade_ids should be.
std::vector<uint64_t> Numbers(uint64_t first, uint64_t last);

// What a client has been sent.
struct Received {
    std::vector<std::string> events;  // bytes, in order
    std::vector<uint64_t> trade_ids;  // of the trades among them
    std::vector<std::string> tokens;  // behind each
    std::vector<LiveGap> gaps;
    uint64_t lagged = 0;
    bool live = false;
};

class LiveStand {
  public:
    explicit LiveStand(LiveConfig config = {});

    // Waits until it answers; throws where it does not.
    void StartStorage();

    // Events of one series, `per_message` a message.
    Task<Status> Publish(
        model::Series series, std::vector<std::string> events, size_t per_message = 10
    );
    // Trades first..last, one a microsecond from `epoch` on.
    Task<Status> PublishTrades(
        uint64_t first, uint64_t last, std::string_view symbol = "BTC-USDT", size_t per_message = 10
    );
    Task<Status> UntilStored(uint64_t events);
    Task<Status> PurgeAll();
    static Task<Status> Until(std::function<bool()> condition);

    LiveRequest RequestOf(std::vector<model::Series> series) const;
    Result<std::unique_ptr<LiveSession>> Open(LiveRequest request);
    // Reads until `enough`, an error or the deadline.
    static Task<Status> Read(
        LiveSession& session,
        Received& received,
        std::function<bool()> enough,
        Deadline deadline = Deadline::After(std::chrono::seconds(30))
    );
    // Opens and reads until `last` was seen; what came.
    Received ReadTrades(LiveRequest request, uint64_t last);

    template <class T>
    T Run(Task<T> task) {
        return runner.Run(std::move(task), std::chrono::seconds(60));
    }

    const Nanos epoch;
    testing::TaskRunner runner;
    testing::NatsServer nats;
    testing::TempDir folder;
    std::optional<bus::Connection> connection;
    std::optional<bus::KvBucket> bucket;
    std::optional<registry::Directory> directory;
    telemetry::MetricRegistry metrics;
    rpc::Dispatcher dispatcher{runner.executor()};
    std::optional<StorageUpstream> storage;
    std::optional<Instruments> instruments;
    std::optional<LatestQuotes> quotes;
    std::optional<History> history;
    std::optional<Fanout> fanout;
    const TokenSigner signer{"secret"};
    std::optional<Live> live;
    std::optional<testing::ChildProcess> storage_process;

  private:
    Task<Status> UntilListed();
};

}  // namespace mp::gateway
