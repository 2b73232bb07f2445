// The ClickHouse engine beside the same server asked by hand: appending, streaming, pages, and what
// telling repeats apart costs. The rate of clickhouse-client is measured by who runs this.
//
// usage: mp-bench-clickhouse <url of the HTTP interface> <database> [trades]

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "bench/clickhouse/raw_fetch.hpp"
#include "bench/figures.hpp"
#include "bench/storage/trades.hpp"
#include "storage/engines/clickhouse/event_columns.hpp"
#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/query/event_source.hpp"
#include "wire/convert.hpp"

namespace {

using namespace mp;
using namespace mp::bench;
using Clock = bench::Clock;
namespace pb = storage::pb;
namespace ch = storage::clickhouse;

constexpr size_t kBatch = 100'000;
constexpr size_t kPages = 150;
constexpr uint32_t kPageRows = 1000;
constexpr auto kTrade = model::DataType::kTrade;

template <class T>
T Require(Result<T> result) {
    if (result.ok()) return *std::move(result);
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    std::exit(1);
}

class Store {
  public:
    Store(const std::string& url, const std::string& database, size_t trades)
        : count_(trades), fetch_(url, database) {
        storage::ClickHouseConfig config;
        config.server.url = url;
        config.server.database = database;
        engine_ = Require(storage::OpenClickHouseEngine(config));
        for (const model::Series& series : trades_.series())
            ids_.push_back(engine_->Intern(series));
    }

    void Fill() {
        double seconds = 0;
        storage::AppendBatch batch;
        for (size_t done = 0; done < count_; done += kBatch) {
            const std::vector<EncodedTrade>& trades = trades_.Next(kBatch);
            batch.Clear();
            for (const EncodedTrade& trade : trades) {
                batch.Add(ids_[trade.instrument], trade.event, trade.bytes);
            }
            const auto began = Clock::now();
            Require(engine_->Append(batch));
            seconds += SecondsSince(began);
        }
        Say("append_engine", static_cast<double>(count_) / seconds, "rows/s");
    }

    // Each series whole, by hand in four ways and through the engine, in turn.
    void Stream() {
        const std::string columns = ch::SelectedColumns(kTrade);
        double raw = 0, sorted = 0, once = 0, final = 0, engine = 0, rows = 0, columnar = 0;
        for (const model::Series& series : trades_.series()) {
            const std::string where = Condition(series, kFirstTrade, kFirstTrade + Span());
            const std::string from = "SELECT " + columns + " FROM trade_rows";
            raw += Ask(from + " PREWHERE " + where);
            sorted += Ask(from + " PREWHERE " + where + " ORDER BY order_ts, sequence, identity");
            once += Ask(ch::CountingRows(kTrade, columns, where, Direction()));
            final += Ask(from + " FINAL WHERE deleted = 0 AND " + where);
            engine += Scan(series);
            rows += Answer(series, pb::LAYOUT_ROWS);
            columnar += Answer(series, pb::LAYOUT_COLUMNS);
        }
        SayRate("fetch_raw", raw);
        SayRate("fetch_sorted", sorted);
        SayRate("fetch_once", once);
        SayRate("fetch_final", final);
        SayRate("scan_engine", engine);
        SayRate("query_rows", rows);
        SayRate("query_columns", columnar);
    }

    // A page by hand asks for the piece of time that holds it and half as much again.
    void Pages() {
        std::mt19937_64 random(7);
        std::vector<double> by_hand, plain, engine;
        const std::string columns = ch::SelectedColumns(kTrade);
        const auto all = static_cast<Nanos>(ids_.size());
        for (size_t i = 0; i < kPages; ++i) {
            const model::Series& series = trades_.series()[random() % ids_.size()];
            const Nanos start =
                kFirstTrade + static_cast<Nanos>(random() % count_) * kBetweenTrades;
            const std::string where =
                Condition(series, start, start + all * kPageRows * kBetweenTrades * 3 / 2);
            const std::string limit = " LIMIT " + std::to_string(kPageRows);
            by_hand.push_back(
                Ask(ch::CountingRows(kTrade, columns, where, Direction()) + limit) * 1e3
            );
            plain.push_back(
                Ask("SELECT " + columns + " FROM trade_rows PREWHERE " + where +
                    " ORDER BY order_ts, sequence, identity" + limit) *
                1e3
            );
            engine.push_back(Page(series, start) * 1e3);
        }
        for (const double part : {0.5, 0.99}) {
            const std::string name = part < 0.9 ? "_p50" : "_p99";
            Say(("page_by_hand" + name).c_str(), Quantile(by_hand, part), "ms");
            Say(("page_without_once" + name).c_str(), Quantile(plain, part), "ms");
            Say(("page_engine" + name).c_str(), Quantile(engine, part), "ms");
        }
    }

  private:
    static constexpr storage::Direction Direction() { return storage::Direction::kForward; }
    Nanos Span() const { return static_cast<Nanos>(count_) * kBetweenTrades; }
    void SayRate(const std::string& name, double seconds) const {
        Say(name.c_str(), static_cast<double>(count_) / seconds, "rows/s");
    }
    static std::string Condition(const model::Series& series, Nanos from, Nanos to) {
        return ch::IsInstrument(series.instrument) + " AND " + ch::IsBetween(from, to);
    }
    double Ask(const std::string& sql) {
        const auto began = Clock::now();
        bytes_ += fetch_.Discard(sql + " FORMAT Native");
        return SecondsSince(began);
    }
    double Scan(const model::Series& series) {
        const auto began = Clock::now();
        storage::ScanRange range;
        range.bulk = true;
        const auto cursor = Require(engine_->Scan(engine_->Intern(series), range));
        while (cursor->Next()) bytes_ += cursor->event().size();
        return SecondsSince(began);
    }
    double Answer(const model::Series& series, pb::Layout layout) {
        pb::QueryEventsRequest request;
        wire::ToProto(series, *request.mutable_series());
        request.set_start(0);
        request.set_layout(layout);
        return Answer(request);
    }
    double Page(const model::Series& series, Nanos start) {
        pb::QueryEventsRequest request;
        wire::ToProto(series, *request.mutable_series());
        request.set_start(start);
        request.set_limit(kPageRows);
        return Answer(request);
    }
    double Answer(const pb::QueryEventsRequest& request) {
        const auto began = Clock::now();
        const auto query = Require(storage::EventSource::Make({*engine_}, request));
        for (bool last = false; !last;) {
            const storage::Chunk chunk = Require(query->Next());
            bytes_ += chunk.bytes.size();
            last = chunk.last;
        }
        return SecondsSince(began);
    }

    const size_t count_;
    RawFetch fetch_;
    std::unique_ptr<storage::Engine> engine_;
    Trades trades_;
    std::vector<storage::SeriesId> ids_;
    size_t bytes_ = 0;
};

}  // namespace

int main(int argc, char* argv[]) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: mp-bench-clickhouse <url> <database> [trades]\n");
        return 2;
    }
    Store store(argv[1], argv[2], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 2'000'000);
    store.Fill();
    store.Stream();
    store.Pages();
    return 0;
}
