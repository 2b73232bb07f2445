// The same questions to every engine and to the reference in memory, after the same history: equal
// answers to the byte, again after late and repaired data.

#include <functional>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "storage/engines/test/modern_clickhouse.hpp"
#include "storage/engines/test/rocks_fixture.hpp"
#include "storage/query/bar_query.hpp"
#include "storage/query/book_query.hpp"
#include "storage/query/event_source.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

constexpr Nanos kDay = 86400 * kSecond;
constexpr const char* kSymbols[] = {"BTC-USDT", "ETH-USDT", "SOL-USDT"};

struct Kind {
    std::string name;
    const char* missing = nullptr;  // why it is skipped
    std::function<std::unique_ptr<Engine>(const testing::TempDir&, const Clock&)> open;
};

class Answers : public ::testing::TestWithParam<Kind> {
  protected:
    void SetUp() override {
        if (GetParam().missing != nullptr) GTEST_SKIP() << GetParam().missing;
        engine_ = GetParam().open(folder_, clock_);
    }

    int64_t Below(int64_t bound) {
        return std::uniform_int_distribution<int64_t>(0, bound - 1)(random_);
    }

    // A trade, a quote, a book or a state somewhere in four days.
    TestEvent AnyEvent() {
        const Nanos at = Below(4) * kDay + Below(3000) * kSecond / 20;
        const auto id = static_cast<uint64_t>(Below(1'000'000));
        TestEvent event;
        switch (Below(7)) {
            case 0:
                event = TestBbo(at, id, 100 + Below(9));
                break;
            case 1:
                event = TestSnapshot(model::SnapshotOrigin::kVenue, at, {100 + Below(9), 99});
                break;
            case 2:
                event = TestListing(at, Below(2) == 0 ? "TRADING" : "HALT");
                break;
            default:
                event = TestTrade(at, id, 100 + Below(50), Below(100));
        }
        event.series.instrument = TestInstrument(kSymbols[Below(3)]);
        return event;
    }

    // Changes of a book that follow each other, from somewhere on: each grid time has one, always
    // the same, so that runs overlap without contradiction.
    std::vector<TestEvent> AnyBookChanges() {
        constexpr Nanos kStep = kSecond / 20;
        const model::Instrument instrument = TestInstrument(kSymbols[Below(3)]);
        Nanos at = Below(4) * kDay + Below(3000) * kStep;
        std::vector<TestEvent> changes;
        for (auto left = Below(60); left >= 0; --left, at += kStep) {
            const int64_t tick = at / kStep;
            const std::vector<model::Level> bids{
                {Decimal::Make(95 + tick % 9, 2), Decimal::Make(tick % 5, 0)}};
            model::BookDelta delta;
            delta.bids = bids;
            delta.first_update_id = static_cast<uint64_t>(at - kStep + 1);
            delta.last_update_id = static_cast<uint64_t>(at);
            model::Event event;
            event.order_ts = event.exchange_ts.emplace(at);
            event.received_ts = at + 5;
            event.body = delta;
            changes.push_back(Encoded({instrument, model::DataType::kBookDelta}, event));
        }
        return changes;
    }

    void AppendToBoth(size_t count) {
        std::vector<TestEvent> events;
        for (size_t i = 0; i < count; ++i) {
            const bool again = !past_.empty() && Below(5) == 0;
            events.push_back(
                again ? past_[static_cast<size_t>(Below(static_cast<int64_t>(past_.size())))]
                      : AnyEvent()
            );
            past_.push_back(events.back());
            if (Below(20) != 0) continue;
            for (TestEvent& change : AnyBookChanges()) events.push_back(std::move(change));
        }
        ASSERT_EQ(Append(*engine_, events).events, Append(reference_, events).events);
    }

    template <class Query, class Request>
    std::string Stepwise(const Engine& engine, const Request& request) {
        auto query = Query::Make({engine, clock_}, request);
        if (!query.ok()) return query.status().ToString();
        for (bool done = false; !done;) {
            const Result<bool> step = (*query)->Step();
            if (!step.ok()) return step.status().ToString();
            done = *step;
        }
        const auto answer = (*query)->Answer();
        return answer.ok() ? answer->DebugString() : answer.status().ToString();
    }

    std::string Events(const Engine& engine, const pb::QueryEventsRequest& request) {
        auto query = EventSource::Make({engine, clock_}, request);
        if (!query.ok()) return query.status().ToString();
        std::string text;
        for (bool last = false; !last;) {
            const Result<Chunk> chunk = (*query)->Next();
            if (!chunk.ok()) return chunk.status().ToString();
            last = chunk->last;
            pb::EventChunk part;
            EXPECT_TRUE(part.ParseFromString(chunk->bytes));
            text += part.DebugString();
        }
        return text;
    }

    pb::Instrument AnyInstrument() {
        pb::Instrument instrument;
        wire::ToProto(TestInstrument(kSymbols[Below(3)]), instrument);
        return instrument;
    }

    // `start`, `end` and `limit` of any kind, or none.
    template <class Request>
    void SetPage(Request& request) {
        const Nanos from = Below(4 * kDay);
        if (Below(2) == 0) request.set_start(from);
        if (Below(2) == 0) request.set_end(from + Below(2 * kDay));
        if (Below(3) != 0) request.set_limit(static_cast<uint32_t>(1 + Below(40)));
    }

    void CompareBars() {
        for (const char* interval :
             {"1s", "5s", "7s",  "15s", "30s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h",
              "6h", "8h", "12h", "1d",  "3d",  "1w", "1M", "1t", "5t",  "64t", "1v", "20v"}) {
            pb::QueryCandlesRequest request;
            *request.mutable_instrument() = AnyInstrument();
            request.set_interval(interval);
            SetPage(request);
            // The texts hold the cursors, too.
            for (int page = 0; page < 2; ++page) {
                const std::string expected = Stepwise<BarQuery>(reference_, request);
                ASSERT_EQ(Stepwise<BarQuery>(*engine_, request), expected)
                    << request.ShortDebugString();
                pb::QueryCandlesResponse answer;
                if (!google::protobuf::TextFormat::ParseFromString(expected, &answer)) break;
                bars_ += answer.candles_size();
                if (answer.next_cursor().empty()) break;
                request.set_cursor(answer.next_cursor());
            }
        }
    }

    void CompareEvents() {
        for (const auto type :
             {model::DataType::kTrade,
              model::DataType::kBookDelta,
              model::DataType::kBbo,
              model::DataType::kBookSnapshot,
              model::DataType::kInstrument}) {
            for (const Nanos every : {Nanos{0}, kSecond, 3600 * kSecond}) {
                pb::QueryEventsRequest request;
                request.mutable_series()->set_data_type(wire::ToProto(type));
                request.set_every(every);
                SetPage(request);
                pb::QueryEventsRequest merged = request;
                for (int i = 0; i < 3; ++i) *merged.add_instruments() = AnyInstrument();
                *request.mutable_series()->mutable_instrument() = AnyInstrument();
                for (const auto& asked : {request, merged}) {
                    EXPECT_EQ(Events(*engine_, asked), Events(reference_, asked))
                        << asked.ShortDebugString();
                }
            }
        }
    }

    void CompareBooks() {
        for (int i = 0; i < 20; ++i) {
            pb::GetOrderBookRequest request;
            *request.mutable_instrument() = AnyInstrument();
            request.set_at(Below(4) * kDay + Below(160 * kSecond));
            request.set_depth(static_cast<uint32_t>(Below(4)));
            const std::string expected = Stepwise<BookQuery>(reference_, request);
            EXPECT_EQ(Stepwise<BookQuery>(*engine_, request), expected)
                << request.ShortDebugString();
            books_.insert(expected);
        }
    }

    testing::TempDir folder_;
    testing::ManualClock clock_{10 * kDay};
    std::unique_ptr<Engine> engine_;
    MemoryEngine reference_{clock_};
    std::mt19937_64 random_{17};
    std::vector<TestEvent> past_;
    int bars_ = 0;
    std::set<std::string> books_;  // that differ
};

TEST_P(Answers, AreThoseOfTheReference) {
    for (const size_t count : {size_t{1500}, size_t{20}, size_t{200}}) {
        AppendToBoth(count);
        const Nanos from = Below(kDay);
        const TestClaim claim{{from, from + Below(3 * kDay)}};
        Claim(*engine_, {claim});
        Claim(reference_, {claim});
        CompareBars();
        CompareEvents();
        CompareBooks();
    }
    const model::Interval gone{kDay / 2, kDay / 2 + 3000 * kSecond / 40};
    ASSERT_EQ(
        DeleteAll(*engine_, TestSeries(model::DataType::kTrade), gone),
        DeleteAll(reference_, TestSeries(model::DataType::kTrade), gone)
    );
    CompareBars();
    CompareEvents();
    CompareBooks();
    EXPECT_GT(bars_, 500) << "there was something to compare";
    EXPECT_GT(books_.size(), 20u);
}

INSTANTIATE_TEST_SUITE_P(
    ,
    Answers,
    ::testing::Values(
        Kind{"RocksDb", nullptr, OpenRocks},
        Kind{"ClickHouse", NoClickHouse(), OpenClickHouse},
        Kind{"ClickHouseShards", NoClickHouse(), OpenClickHouseShards},
        Kind{"ModernClickHouse", NoModernClickHouse(), OpenModernClickHouse}
    ),
    [](const auto& kind) { return kind.param.name; }
);

}  // namespace
}  // namespace mp::storage
