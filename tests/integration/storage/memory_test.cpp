// A month of an order book, larger than the memory that storage may take, streamed to one client
// that reads all of it and to one that soon reads no further.

#include <fstream>
#include <gmock/gmock.h>

#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage_binary.hpp"
#include "testing/clickhouse_server.hpp"

namespace mp::storage {
namespace {

constexpr Nanos kBegin = 1'700'006'400 * kSecond;  // midnight
constexpr Nanos kDay = 86'400 * kSecond;
constexpr int kDays = 30;
constexpr int kChangesADay = 4320;  // one in 20 s
constexpr int kLevels = 190;        // of each change
constexpr uint64_t kAllowed = 200ull << 20;

const model::Series kBook = TestSeries(model::DataType::kBookDelta);

std::vector<TestEvent> DayOfChanges(int day) {
    std::vector<TestEvent> changes;
    std::vector<model::Level> bids(kLevels);
    for (int i = 0; i < kChangesADay; ++i) {
        const auto number =
            static_cast<uint64_t>(day) * kChangesADay + static_cast<uint64_t>(i) + 1;
        for (size_t level = 0; level < bids.size(); ++level) {
            const auto mixed =
                static_cast<int64_t>((number * 2'654'435'761 + level * 40'503) % 99'991);
            bids[level] = {
                Decimal::Make(6'000'000 - static_cast<int64_t>(level) * 7, 2),
                Decimal::Make(mixed * 7919, 8)};
        }
        model::BookDelta delta;
        delta.bids = bids;
        delta.first_update_id = delta.last_update_id = number;
        model::Event event;
        event.order_ts = kBegin + day * kDay + i * (kDay / kChangesADay);
        event.exchange_ts = event.order_ts;
        event.received_ts = event.order_ts + 5;
        event.body = delta;
        changes.push_back(Encoded(kBook, event));
    }
    return changes;
}

struct Streamed {
    uint64_t rows = 0;
    uint64_t bytes = 0;
};

class MonthOfBooks : public StorageBinary {
  protected:
    void FillWith(Engine& engine) {
        for (int day = 0; day < kDays; ++day) Append(engine, DayOfChanges(day));
    }

    // Ends after `most` rows, and leaves the stream open then.
    Task<Result<Streamed>> Read(rpc::ClientStream<pb::EventChunk>& stream, uint64_t most) {
        Streamed streamed;
        while (streamed.rows < most) {
            pb::EventChunk chunk;
            const Result<bool> more = co_await stream.Read(chunk);
            if (!more.ok()) co_return more.status();
            if (!*more) break;
            streamed.rows += static_cast<uint64_t>(chunk.entries_size());
            streamed.bytes += chunk.ByteSizeLong();
        }
        co_return streamed;
    }
    auto Open() {
        pb::QueryEventsRequest request;
        wire::ToProto(kBook, *request.mutable_series());
        request.set_start(kBegin);
        request.set_end(kBegin + kDays * kDay);
        return client_->Open(
            &Client::Async::QueryEvents, request, rpc::CallOptions{Deadline::After(120s)}
        );
    }

    // The most that it ever had.
    uint64_t PeakBytes() const {
        std::ifstream status("/proc/" + std::to_string(storage_->pid()) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) << 10;
        }
        return 0;
    }

    void ExpectAMonthWithinBounds() {
        StartStorage("a");
        auto slow = Open();
        ASSERT_TRUE(runner_.Run(Read(slow, 1)).ok());
        auto stream = Open();
        const auto all = runner_.Run(Read(stream, UINT64_MAX));
        ASSERT_TRUE(all.ok()) << all.status();
        EXPECT_EQ(all->rows, static_cast<uint64_t>(kDays) * kChangesADay);
        EXPECT_GT(all->bytes, kAllowed);
        const uint64_t peak = PeakBytes();
        RecordProperty("streamed_bytes", std::to_string(all->bytes));
        RecordProperty("peak_bytes", std::to_string(peak));
        EXPECT_GT(peak, 0u);
        EXPECT_LT(peak, kAllowed) << all->bytes << " bytes were streamed";
        std::cout << (all->bytes >> 20) << " MiB through " << (peak >> 20) << " MiB\n";
    }
};

TEST_F(MonthOfBooks, GoesThrough200MegabytesOnRocksDb) {
    RocksConfig config;
    config.path = folder_ / "store";
    config.min_free_bytes = 0;
    {
        auto engine = OpenRocksEngine(config, DefaultClock());
        ASSERT_TRUE(engine.ok()) << engine.status();
        FillWith(**engine);
    }
    ExpectAMonthWithinBounds();
}

class MonthOfBooksOnClickHouse : public MonthOfBooks {
  protected:
    testing::ChildOptions Options(const std::string& instance) override {
        testing::ChildOptions options = StorageBinary::Options(instance);
        options.environment["CLICKHOUSE_URL"] = clickhouse_.url();
        options.arguments.insert(options.arguments.end(), {"--set", "storage.engine=clickhouse"});
        return options;
    }
    testing::ClickHouseServer clickhouse_;
};

TEST_F(MonthOfBooksOnClickHouse, GoesThrough200MegabytesToo) {
    if (!testing::ClickHouseServer::Installed())
        GTEST_SKIP() << "no clickhouse-server is installed";
    ASSERT_TRUE(clickhouse_.Start().ok());
    ClickHouseConfig config;
    config.server.url = clickhouse_.url();
    config.server.database = "marketprism";
    {
        auto engine = OpenClickHouseEngine(config, DefaultClock());
        ASSERT_TRUE(engine.ok()) << engine.status();
        FillWith(**engine);
    }
    ExpectAMonthWithinBounds();
}

}  // namespace
}  // namespace mp::storage
