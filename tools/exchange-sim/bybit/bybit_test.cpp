#include <gtest/gtest.h>

#include "exchange-sim/bybit/instruments.hpp"
#include "exchange-sim/bybit/text_book.hpp"
#include "exchange-sim/bybit/topic.hpp"

namespace mp::sim::bybit {
namespace {

TEST(BybitTopic, TakesNamesApart) {
    const auto book = ParseTopic("orderbook.200.BTCUSDT");
    ASSERT_TRUE(book);
    EXPECT_EQ(book->kind, FrameKind::kBookDelta);
    EXPECT_EQ(book->depth, 200u);
    EXPECT_EQ(book->symbol, "BTCUSDT");
    EXPECT_EQ(ParseTopic("orderbook.1.BTCUSDT")->kind, FrameKind::kBbo);
    EXPECT_EQ(ParseTopic("kline.60.BTCUSDT")->interval, "60");
    EXPECT_EQ(ParseTopic("publicTrade.BTCUSDT-21FEB25")->symbol, "BTCUSDT-21FEB25");
    for (const char* none :
         {"orderbook.7.BTCUSDT", "kline.61.BTCUSDT", "nonsense.BTCUSDT", "tickers", ""}) {
        EXPECT_FALSE(ParseTopic(none)) << none;
    }
}

TEST(BybitTopic, TellsTheMarketsApart) {
    const std::string name = Qualified("linear", "tickers.BTCUSDT");
    EXPECT_EQ(CategoryOf(name), "linear");
    EXPECT_EQ(Plain(name), "tickers.BTCUSDT");
}

TEST(BybitInstruments, ServesRecordedRowsUnchangedAndInPages) {
    Instruments instruments;
    instruments.AddRecorded(
        R"({"result":{"category":"linear","list":[{"symbol":"AUSDT"},{"symbol":"BUSDT", "x":1}]}})"
    );
    instruments.Add(GuessInstrument("spot", "AUSDT"));
    std::size_t next = 0;
    EXPECT_EQ(instruments.Render("linear", "", 0, 1, next), R"({"symbol":"AUSDT"})");
    EXPECT_EQ(next, 1u);
    EXPECT_EQ(instruments.Render("linear", "", next, 1, next), R"({"symbol":"BUSDT", "x":1})");
    EXPECT_EQ(next, 0u);
    EXPECT_EQ(instruments.Find("spot:AUSDT")->base, "A");
}

std::string Message(const std::string& type, const std::string& data) {
    return R"({"topic":"orderbook.50.A","type":")" + type + R"(","ts":5,"data":)" + data +
           R"(,"cts":4})";
}

TEST(BybitTextBook, BeginsAnewWithASnapshotOrTheNumberOne) {
    TextBook book;
    book.Apply(Message("delta", R"({"s":"A","b":[["9","1"]],"a":[],"u":6,"seq":1})"));
    EXPECT_EQ(book.RenderStream("linear:orderbook.50.A"), "");
    book.Apply(Message("snapshot", R"({"s":"A","b":[["10","1"]],"a":[["11","2"]],"u":7,"seq":2})"));
    book.Apply(Message("delta", R"({"s":"A","b":[["10","0"],["9","3"]],"a":[],"u":8,"seq":3})"));
    EXPECT_EQ(
        book.Render(5), R"({"s":"A","b":[["9","3"]],"a":[["11","2"]],"ts":5,"u":8,"seq":3,"cts":4})"
    );
    EXPECT_TRUE(book.RenderStream("linear:orderbook.50.A")
                    .starts_with(R"({"topic":"orderbook.50.A","type":"snapshot","ts":5)"));
    book.Apply(Message("delta", R"({"s":"A","b":[["1","1"]],"a":[],"u":1,"seq":4})"));
    EXPECT_EQ(book.Render(5), R"({"s":"A","b":[["1","1"]],"a":[],"ts":5,"u":1,"seq":4,"cts":4})");
}

}  // namespace
}  // namespace mp::sim::bybit
