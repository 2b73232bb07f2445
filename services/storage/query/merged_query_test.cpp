#include <gmock/gmock.h>
#include <random>

#include "storage/query/event_source.hpp"
#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Nanos kMs = kSecond / 1000;

class MergedQueryTest : public QueryTest {
  protected:
    void AppendTo(std::string_view symbol, std::vector<TestEvent> events) {
        for (TestEvent& event : events) event.series.instrument = TestInstrument(symbol);
        Append(engine_, events);
    }
    static pb::QueryEventsRequest Request(
        const std::vector<std::string>& symbols, model::DataType type = model::DataType::kTrade
    ) {
        pb::QueryEventsRequest request;
        request.mutable_series()->set_data_type(wire::ToProto(type));
        for (const std::string& symbol : symbols) *request.add_instruments() = Instrument(symbol);
        return request;
    }
    pb::EventChunk Ask(const pb::QueryEventsRequest& request) {
        auto answer = Collect<EventSource>(request);
        EXPECT_TRUE(answer.ok()) << answer.status();
        return *std::move(answer);
    }
    // "A10": symbol and order_ts. Chunks have instrument tables of their own.
    std::vector<std::string> Rows(const pb::QueryEventsRequest& request) {
        auto query = EventSource::Make(context(), request);
        EXPECT_TRUE(query.ok()) << query.status();
        std::vector<std::string> rows;
        next_cursor_.clear();
        for (bool last = false; !last;) {
            const Result<Chunk> chunk = (*query)->Next();
            EXPECT_TRUE(chunk.ok()) << chunk.status();
            if (!chunk.ok()) return rows;
            last = chunk->last;
            pb::EventChunk part;
            EXPECT_TRUE(part.ParseFromString(chunk->bytes));
            for (const auto& entry : part.entries()) {
                const auto& of = part.instruments(static_cast<int>(entry.instrument()));
                rows.push_back(of.symbol() + std::to_string(entry.event().order_ts()));
            }
            if (last) next_cursor_ = part.next_cursor();
        }
        return rows;
    }
    std::vector<std::string> Paged(pb::QueryEventsRequest request, uint32_t limit) {
        request.set_limit(limit);
        std::vector<std::string> rows;
        do {
            for (const std::string& row : Rows(request)) rows.push_back(row);
            request.set_cursor(next_cursor_);
        } while (!next_cursor_.empty());
        return rows;
    }
    Status Refusal(const pb::QueryEventsRequest& request) {
        return Collect<EventSource>(request).status();
    }

    std::string next_cursor_;
};

TEST_F(MergedQueryTest, GivesOneStreamInTimeOrder) {
    AppendTo("A", {TestTrade(10, 1), TestTrade(30, 2), TestTrade(50, 3)});
    AppendTo("B", {TestTrade(20, 1), TestTrade(30, 2), TestTrade(60, 3)});
    auto request = Request({"B", "A"});
    request.set_start(0);
    EXPECT_THAT(Rows(request), ElementsAre("A10", "B20", "A30", "B30", "A50", "B60"));
    request.set_start(20);
    request.set_end(60);
    EXPECT_THAT(Rows(request), ElementsAre("B20", "A30", "B30", "A50"));
    request = Request({"A", "B", "A"});
    request.set_limit(3);
    EXPECT_THAT(Rows(request), ElementsAre("B30", "A50", "B60"));
    EXPECT_EQ(next_cursor_, "");
}

TEST_F(MergedQueryTest, OneInstantIsInTheOrderOfTheIds) {
    AppendTo("A", {TestTrade(10, 2), TestTrade(10, 10)});
    AppendTo("B", {TestTrade(10, 1), TestTrade(10, 9)});
    auto request = Request({"A", "B"});
    std::vector<uint64_t> ids;
    const auto answer = Ask(request);
    for (const auto& entry : answer.entries()) ids.push_back(entry.event().trade().number());
    EXPECT_THAT(ids, ElementsAre(1, 2, 9, 10));
}

// Random series, pages of all sizes: always the same rows as at once.
TEST_F(MergedQueryTest, PagesAreTheWholeInPieces) {
    std::mt19937_64 random(7);
    std::vector<std::string> symbols;
    for (int s = 0; s < 9; ++s) {
        symbols.push_back(std::string(1, static_cast<char>('A' + s)));
        std::vector<TestEvent> events;
        for (uint64_t i = 0; i < (s == 4 ? 2500u : 40u * static_cast<uint64_t>(s)); ++i) {
            events.push_back(TestTrade(static_cast<Nanos>(random() % 300), i + 1));
        }
        if (events.empty()) events.push_back(TestBbo(1, 1));
        AppendTo(symbols.back(), events);
    }
    for (const Nanos every : {Nanos{0}, kMs}) {
        auto request = Request(symbols);
        request.set_start(0);
        request.set_every(every);
        request.set_chunk_rows(100);
        const auto all = Rows(request);
        EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) {
            return std::stoi(a.substr(1)) < std::stoi(b.substr(1));
        }));
        for (const uint32_t limit : {1u, 7u, 500u, 9000u}) {
            if (limit == 1 && every == 0) continue;
            EXPECT_EQ(Paged(request, limit), all) << limit;
        }
        request.clear_start();
        for (const uint32_t limit : {1u, 7u, 500u, 9000u}) {
            request.set_limit(limit);
            const size_t count = std::min<size_t>(limit, all.size());
            EXPECT_EQ(Rows(request), std::vector<std::string>(all.end() - count, all.end()));
        }
    }
}

TEST_F(MergedQueryTest, PagesNeitherRepeatNorSkipWhileEventsArrive) {
    AppendTo("A", {TestTrade(10, 1), TestTrade(30, 2), TestTrade(50, 3)});
    AppendTo("B", {TestTrade(20, 1), TestTrade(40, 2)});
    auto request = Request({"A", "B"});
    request.set_start(0);
    request.set_limit(3);
    EXPECT_THAT(Rows(request), ElementsAre("A10", "B20", "A30"));
    AppendTo("A", {TestTrade(15, 90), TestTrade(45, 91)});
    AppendTo("B", {TestTrade(30, 90)});
    request.set_cursor(next_cursor_);
    EXPECT_THAT(Rows(request), ElementsAre("B30", "B40", "A45"));
}

TEST_F(MergedQueryTest, EveryIntervalOfASeriesIsGivenOnceWhileEventsArrive) {
    AppendTo("A", {TestTrade(1 * kMs, 1), TestTrade(11 * kMs, 2)});
    AppendTo("B", {TestTrade(3 * kMs, 1), TestTrade(15 * kMs, 2)});
    auto request = Request({"A", "B"});
    request.set_start(0);
    request.set_every(10 * kMs);
    request.set_limit(2);
    EXPECT_THAT(Rows(request), ElementsAre("A1000000", "B3000000"));
    // Both intervals had been given.
    AppendTo("A", {TestTrade(7 * kMs, 3)});
    request.set_cursor(next_cursor_);
    EXPECT_THAT(Rows(request), ElementsAre("A11000000", "B15000000"));
}

TEST_F(MergedQueryTest, SaysWhatEachSeriesLacks) {
    Append(engine_, {TestTrade(10, 1)});
    Claim(engine_, {{{0, 100}}});
    AppendTo("A", {TestTrade(20, 1)});
    auto request = Request({"BTC-USDT", "A"});
    request.set_start(0);
    request.set_end(100);
    const auto answer = Ask(request);
    ASSERT_EQ(answer.series_coverage_size(), 2);
    EXPECT_EQ(answer.series_coverage(0).series().instrument().symbol(), "A");
    EXPECT_EQ(GapsOf(answer.series_coverage(0).report()), "0-100 collector_lost");
    EXPECT_EQ(GapsOf(answer.series_coverage(1).report()), "complete");
    EXPECT_EQ(GapsOf(answer.coverage()), "0-100 collector_lost");
    request = Request({"BTC-USDT", "BTC-USDT"});
    request.set_start(0);
    request.set_end(100);
    EXPECT_EQ(Ask(request).series_coverage_size(), 1);
}

TEST_F(MergedQueryTest, ASeriesWithoutRowsIsNoObstacle) {
    AppendTo("A", {TestTrade(10, 1)});
    AppendTo("B", {TestBbo(10, 1)});
    EXPECT_THAT(Rows(Request({"A", "B"})), ElementsAre("A10"));
    EXPECT_THAT(Rows(Request({"A", "B"}, model::DataType::kTicker)), IsEmpty());
}

TEST_F(MergedQueryTest, FiltersBarsByInterval) {
    AppendTo("A", {TestKline(10, "1m", 0), TestKline(20, "1h", 0)});
    AppendTo("B", {TestKline(15, "1m", 0), TestKline(16, "1h", 0)});
    auto request = Request({"A", "B"}, model::DataType::kKline);
    request.set_interval("1h");
    EXPECT_THAT(Rows(request), ElementsAre("B16", "A20"));
}

TEST_F(MergedQueryTest, NamesWhatIsWrong) {
    AppendTo("A", {TestTrade(10, 1), TestTrade(11, 2)});
    AppendTo("B", {TestTrade(10, 1)});
    EXPECT_EQ(Refusal(Request({"A", "NO-SUCH"})).code(), StatusCode::kNotFound);
    auto request = Request({"A", "B"});
    *request.mutable_series()->mutable_instrument() = Instrument("A");
    EXPECT_THAT(std::string(Refusal(request).message()), HasSubstr("series"));
    request = Request({"A", "B"});
    request.set_layout(pb::LAYOUT_COLUMNS);
    EXPECT_THAT(std::string(Refusal(request).message()), HasSubstr("layout"));
    request = Request(std::vector<std::string>(101, "A"));
    EXPECT_THAT(std::string(Refusal(request).message()), HasSubstr("instruments"));
    request = Request({"A", "B"});
    request.set_start(0);
    request.set_limit(1);
    Rows(request);
    const std::string cursor = next_cursor_;
    request = Request({"A"});
    request.set_start(0);
    request.set_cursor(cursor);
    EXPECT_THAT(std::string(Refusal(request).message()), HasSubstr("cursor"));
    request = Request({"B", "A"});
    request.set_start(0);
    request.set_cursor(cursor);
    EXPECT_THAT(Rows(request), ElementsAre("B10", "A11")) << "the list's order means nothing";
}

}  // namespace
}  // namespace mp::storage
