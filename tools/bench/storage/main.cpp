// The RocksDB engine beside RocksDB itself: appending, scanning, pages, bytes on disk, memory,
// books.
//
// usage: mp-bench-storage <empty folder> [trades]

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/big_endian.hpp"
#include "bench/figures.hpp"
#include "bench/storage/raw_store.hpp"
#include "bench/storage/trades.hpp"
#include "storage/engines/rocksdb/open.hpp"
#include "storage/query/book_query.hpp"
#include "storage/query/event_source.hpp"
#include "wire/convert.hpp"
#include "wire/event_codec.hpp"

namespace {

using namespace mp;
using namespace mp::bench;
using Clock = bench::Clock;
namespace pb = storage::pb;

constexpr size_t kBatch = 1000;
constexpr size_t kPages = 500;
constexpr uint32_t kPageRows = 1000;
constexpr Nanos kBookSpan = 3600 * kSecond;
constexpr Nanos kBetweenDeltas = 100'000'000;
constexpr Nanos kBetweenSnapshots = 60 * kSecond;
constexpr int kLevels = 1000;
constexpr size_t kBooks = 200;

template <class T>
T Require(Result<T> result) {
    if (result.ok()) return *std::move(result);
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    std::exit(1);
}

class Stores {
  public:
    Stores(const std::filesystem::path& folder, size_t trades)
        : count_(trades), raw_(folder / "raw") {
        config_.path = folder / "engine";
        config_.pack_after = Duration(0);
        engine_ = Require(storage::OpenRocksEngine(config_));
        for (const model::Series& series : trades_.series())
            ids_.push_back(engine_->Intern(series));
    }

    storage::Engine& engine() { return *engine_; }

    // Both take the same batches in turn.
    void Fill() {
        double raw_seconds = 0, engine_seconds = 0;
        storage::AppendBatch batch;
        for (size_t done = 0; done < count_; done += kBatch) {
            const std::vector<EncodedTrade>& trades = trades_.Next(kBatch);
            batch.Clear();
            for (const EncodedTrade& trade : trades) {
                batch.Add(ids_[trade.instrument], trade.event, trade.bytes);
            }
            auto began = Clock::now();
            Require(engine_->Append(batch));
            engine_seconds += SecondsSince(began);
            began = Clock::now();
            for (const auto& entry : batch.entries()) {
                raw_.Put(entry.series, batch.KeyOf(entry), entry.event);
            }
            raw_.Commit();
            raw_seconds += SecondsSince(began);
        }
        Say("append_raw", static_cast<double>(count_) / raw_seconds, "rows/s");
        Say("append_engine", static_cast<double>(count_) / engine_seconds, "rows/s");
    }

    // Blocks of columns, and what is then on the disk once everything is in its last file.
    void Pack() {
        const auto began = Clock::now();
        uint64_t packed = 0, bytes = 0;
        for (bool more = true; more;) {
            const storage::UpkeepStep step = Require(engine_->Upkeep());
            packed += step.packed_trades;
            bytes += step.packed_bytes;
            more = step.more;
        }
        Say("pack", static_cast<double>(packed) / SecondsSince(began), "rows/s");
        Say("block_bytes_a_trade", static_cast<double>(bytes) / static_cast<double>(packed), "B");
        raw_.Settle();
        Say("row_bytes_a_trade", BytesATrade(raw_), "B");
        engine_.reset();
        {
            RawStore settled(config_.path);
            settled.Settle();
            Say("bytes_a_trade", BytesATrade(settled), "B");
        }
        engine_ = Require(storage::OpenRocksEngine(config_));
    }

    void Scan() {
        size_t rows = 0;
        auto began = Clock::now();
        for (const storage::SeriesId id : ids_) kept_ += raw_.Scan(id, "", count_, true);
        Say("scan_raw", static_cast<double>(count_) / SecondsSince(began), "rows/s");
        began = Clock::now();
        for (const storage::SeriesId id : ids_) {
            storage::ScanRange range;
            range.bulk = true;
            const auto cursor = Require(engine_->Scan(id, range));
            for (; cursor->Next(); ++rows) kept_ += cursor->event().size();
        }
        Say("scan_engine", static_cast<double>(rows) / SecondsSince(began), "rows/s");
    }

    // Pages that begin anywhere, each read for the first time.
    void Pages() {
        std::mt19937_64 random(7);
        std::vector<double> raw, whole;
        const storage::QueryContext context{*engine_};
        for (size_t i = 0; i < kPages; ++i) {
            const size_t which = random() % ids_.size();
            const Nanos start =
                kFirstTrade + static_cast<Nanos>(random() % count_) * kBetweenTrades;
            std::string key;
            AppendSortable(start, key);
            auto began = Clock::now();
            kept_ += raw_.Scan(ids_[which], key, kPageRows, false);
            raw.push_back(SecondsSince(began) * 1e6);
            began = Clock::now();
            kept_ += Page(context, trades_.series()[which], start);
            whole.push_back(SecondsSince(began) * 1e6);
        }
        Say("page_raw_p99", Quantile(raw, 0.99), "us");
        Say("page_engine_p99", Quantile(whole, 0.99), "us");
        Say("page_raw_p50", Quantile(raw, 0.5), "us");
        Say("page_engine_p50", Quantile(whole, 0.5), "us");
    }

    void Answers() {
        pb::QueryEventsRequest request;
        wire::ToProto(trades_.series()[0], *request.mutable_series());
        request.set_start(0);
        const storage::QueryContext context{*engine_};
        const double rows = static_cast<double>(count_) / static_cast<double>(ids_.size());
        for (const auto layout : {pb::LAYOUT_ROWS, pb::LAYOUT_COLUMNS}) {
            request.set_layout(layout);
            const auto began = Clock::now();
            kept_ += Answer(context, request);
            const bool columns = layout == pb::LAYOUT_COLUMNS;
            Say(columns ? "query_columns" : "query_rows", rows / SecondsSince(began), "rows/s");
        }
    }

  private:
    double BytesATrade(const RawStore& store) const {
        return static_cast<double>(store.Bytes()) / static_cast<double>(count_);
    }
    static size_t Answer(
        const storage::QueryContext& context, const pb::QueryEventsRequest& request
    ) {
        const auto query = Require(storage::EventSource::Make(context, request));
        size_t bytes = 0;
        for (bool last = false; !last;) {
            const storage::Chunk chunk = Require(query->Next());
            bytes += chunk.bytes.size();
            last = chunk.last;
        }
        return bytes;
    }

    static size_t Page(
        const storage::QueryContext& context, const model::Series& series, Nanos start
    ) {
        pb::QueryEventsRequest request;
        wire::ToProto(series, *request.mutable_series());
        request.set_start(start);
        request.set_limit(kPageRows);
        return Answer(context, request);
    }

    const size_t count_;
    storage::RocksConfig config_;
    RawStore raw_;
    std::unique_ptr<storage::Engine> engine_;
    Trades trades_;
    std::vector<storage::SeriesId> ids_;
    size_t kept_ = 0;
};

// An hour of a thousand levels a side, ten updates a second, a snapshot a minute.
class Books {
  public:
    explicit Books(storage::Engine& engine) : engine_(engine) {
        for (int i = 1; i <= kLevels; ++i) {
            bids_.push_back({Decimal::Make(6'000'000 - i, 2), Decimal::Make(1000 + i, 3)});
            asks_.push_back({Decimal::Make(6'000'000 + i, 2), Decimal::Make(1000 + i, 3)});
        }
    }

    void Fill() {
        std::vector<std::string> bytes;
        for (Nanos at = 0; at < kBookSpan;) {
            storage::AppendBatch batch;
            bytes.clear();
            bytes.reserve(2 * kBatch);
            for (size_t i = 0; i < kBatch && at < kBookSpan; ++i, at += kBetweenDeltas) {
                if (at % kBetweenSnapshots == 0) Add(batch, bytes, at, Snapshot());
                ++update_;
                Add(batch, bytes, at, Delta());
            }
            Require(engine_.Append(batch));
        }
    }

    void Look() {
        std::mt19937_64 random(11);
        std::vector<double> took;
        const storage::QueryContext context{engine_};
        for (size_t i = 0; i < kBooks; ++i) {
            pb::GetOrderBookRequest request;
            wire::ToProto(kInstrument, *request.mutable_instrument());
            request.set_at(kFirstTrade + static_cast<Nanos>(random() % kBookSpan));
            const auto began = Clock::now();
            const auto query = Require(storage::BookQuery::Make(context, request));
            while (!Require(query->Step())) {
            }
            (void)Require(query->Answer());
            took.push_back(SecondsSince(began) * 1e3);
        }
        Say("book_p99", Quantile(took, 0.99), "ms");
        Say("book_p50", Quantile(took, 0.5), "ms");
    }

  private:
    model::Body Snapshot() const {
        model::BookSnapshot snapshot;
        snapshot.bids = bids_;
        snapshot.asks = asks_;
        snapshot.last_update_id = update_;
        return snapshot;
    }
    model::Body Delta() {
        changed_.clear();
        for (int i = 0; i < 10; ++i) {
            model::Level& level = bids_[random_() % bids_.size()];
            level.quantity = Decimal::Make(static_cast<int64_t>(random_() % 100'000) + 1, 3);
            changed_.push_back(level);
        }
        model::BookDelta delta;
        delta.bids = changed_;
        delta.first_update_id = delta.last_update_id = update_;
        return delta;
    }
    void Add(
        storage::AppendBatch& batch,
        std::vector<std::string>& bytes,
        Nanos at,
        const model::Body& body
    ) {
        model::Event event;
        event.order_ts = event.received_ts = kFirstTrade + at;
        event.body = body;
        wire::AppendEvent(event, bytes.emplace_back());
        const storage::SeriesId series = engine_.Intern({kInstrument, model::TypeOf(event)});
        batch.Add(series, event, bytes.back());
    }

    inline static const model::Instrument kInstrument{
        "binance", model::Market::kSpot, "BOOK-USDT", "BOOKUSDT"};
    storage::Engine& engine_;
    std::vector<model::Level> bids_, asks_, changed_;
    std::mt19937_64 random_{5};
    uint64_t update_ = 1;
};

}  // namespace

int main(int argc, char* argv[]) {
    if (argc < 2 || (std::filesystem::exists(argv[1]) && !std::filesystem::is_empty(argv[1]))) {
        std::fprintf(stderr, "usage: mp-bench-storage <empty folder> [trades]\n");
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    const size_t trades = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 5'000'000;
    Stores stores(folder, trades);
    stores.Fill();
    stores.Pack();
    stores.Scan();
    stores.Pages();
    stores.Answers();
    Books books(stores.engine());
    books.Fill();
    books.Look();
    return 0;
}
