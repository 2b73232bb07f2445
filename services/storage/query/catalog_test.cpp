#include "storage/query/catalog.hpp"

#include <gmock/gmock.h>

#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class CatalogTest : public QueryTest {
  protected:
    void AppendInfo(std::string_view symbol, std::string_view base, Nanos at) {
        model::InstrumentInfo info;
        info.base_asset = base;
        info.status = model::InstrumentStatus::kTrading;
        model::Event event;
        event.order_ts = at;
        event.received_ts = at;
        event.body = info;
        Append(engine_, {Encoded(TestSeries(model::DataType::kInstrument, symbol), event)});
    }
    static std::vector<std::string> Symbols(const pb::ListInstrumentsResponse& answer) {
        std::vector<std::string> symbols;
        for (const auto& entry : answer.instruments())
            symbols.push_back(entry.instrument().symbol());
        return symbols;
    }
};

TEST_F(CatalogTest, ListsInstrumentsWithTheirLatestMetadata) {
    AppendInfo("BTC-USDT", "XBT", 10);
    AppendInfo("BTC-USDT", "BTC", 20);
    Append(engine_, {TestTrade(10, 1)});
    const auto answer = ListInstruments(context(), {}).value();
    ASSERT_EQ(answer.instruments_size(), 1);
    const auto& entry = answer.instruments(0);
    EXPECT_EQ(entry.instrument().exchange(), "binance");
    EXPECT_EQ(entry.info().base_asset(), "BTC");
    EXPECT_THAT(entry.data_types(), ElementsAre(pb::DATA_TYPE_TRADE, pb::DATA_TYPE_INSTRUMENT));
}

TEST_F(CatalogTest, PagesAndFilters) {
    for (const char* symbol : {"C-USDT", "A-USDT", "B-USDT"}) AppendInfo(symbol, "x", 10);
    pb::ListInstrumentsRequest request;
    request.set_limit(2);
    auto page = ListInstruments(context(), request).value();
    EXPECT_THAT(Symbols(page), ElementsAre("A-USDT", "B-USDT"));
    request.set_cursor(page.next_cursor());
    page = ListInstruments(context(), request).value();
    EXPECT_THAT(Symbols(page), ElementsAre("C-USDT"));
    EXPECT_EQ(page.next_cursor(), "");
    request.Clear();
    request.set_symbol("B-USDT");
    EXPECT_THAT(Symbols(ListInstruments(context(), request).value()), ElementsAre("B-USDT"));
    request.set_exchange("okx");
    EXPECT_EQ(ListInstruments(context(), request)->instruments_size(), 0);
}

TEST_F(CatalogTest, TellsCoverageOfEverySeries) {
    Append(engine_, {TestTrade(10, 1), TestBbo(10, 1)});
    AppendInfo("BTC-USDT", "BTC", 10);  // nobody claims to have all metadata
    Claim(engine_, {{{0, 50}}, {{60, 100}, "c2"}});
    pb::GetCoverageRequest request;
    *request.mutable_instrument() = Instrument();
    request.set_start(0);
    request.set_end(100);
    const auto answer = GetCoverage(context(), request).value();
    ASSERT_EQ(answer.series_size(), 2);
    EXPECT_EQ(answer.series(0).series().data_type(), pb::DATA_TYPE_TRADE);
    EXPECT_EQ(answer.series(0).intervals_size(), 2);
    EXPECT_EQ(GapsOf(answer.series(0).report()), "50-60 collector_lost");
    EXPECT_EQ(GapsOf(answer.series(1).report()), "0-100 collector_lost");
    request.set_data_type(pb::DATA_TYPE_TRADE);
    EXPECT_EQ(GetCoverage(context(), request)->series_size(), 1);
    request.mutable_instrument()->set_symbol("NO-SUCH");
    EXPECT_EQ(GetCoverage(context(), request).status().code(), StatusCode::kNotFound);
}

TEST_F(CatalogTest, OfStatesOnlyWhatWasDeletedIsMissing) {
    AppendInfo("BTC-USDT", "XBT", 10);
    AppendInfo("BTC-USDT", "BTC", 20);
    pb::GetCoverageRequest request;
    *request.mutable_instrument() = Instrument();
    request.set_data_type(pb::DATA_TYPE_INSTRUMENT);
    request.set_start(0);
    request.set_end(100);
    EXPECT_TRUE(GetCoverage(context(), request)->series(0).report().complete());
    EXPECT_EQ(ExpireAll(engine_, TestSeries(model::DataType::kInstrument), 20), 1u);
    EXPECT_EQ(GapsOf(GetCoverage(context(), request)->series(0).report()), "10-11 retention");
    request.set_start(11);
    EXPECT_TRUE(GetCoverage(context(), request)->series(0).report().complete());
}

TEST_F(CatalogTest, CountsTheGapsThatItLists) {
    Append(engine_, {TestTrade(10, 1), TestBbo(10, 1)});
    EXPECT_TRUE(CountGaps(engine_)->empty());
    Claim(engine_, {{{0, 50}}, {{60, 100}, "c2"}, {{130, 140}, "c3"}});
    const GapCounts counts = CountGaps(engine_).value();
    EXPECT_THAT(counts, ElementsAre(Pair(Pair("binance", model::DataType::kTrade), 2u)));
}

TEST_F(CatalogTest, CountsNoGapThatSomebodyWanted) {
    Append(engine_, {TestTrade(10, 1)});
    Claim(
        engine_,
        {{{0, 50}},
         {{50, 60}, "c", model::CoverageState::kUnrepairable, "deleted"},
         {{60, 100}},
         {{100, 130}, "c", model::CoverageState::kOpen, "disconnected"},
         {{130, 140}}}
    );
    EXPECT_EQ(CountGaps(engine_)->begin()->second, 1u);
}

TEST_F(CatalogTest, CountsEverySeries) {
    Append(engine_, {TestTrade(10, 1), TestTrade(30, 2), TestBbo(10, 1), TestTrade(10, 1)});
    const auto answer = GetStatistics(engine_).value();
    EXPECT_EQ(answer.events(), 3u);
    ASSERT_EQ(answer.series_size(), 2);
    EXPECT_EQ(answer.series(0).events(), 2u);
    EXPECT_EQ(answer.series(0).duplicates(), 1u);
    EXPECT_EQ(answer.series(0).first_order_ts(), 10);
    EXPECT_EQ(answer.series(0).last_order_ts(), 30);
}

}  // namespace
}  // namespace mp::storage
