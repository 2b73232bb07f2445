#include <gtest/gtest.h>

#include "exchange-sim/deribit/channel.hpp"
#include "exchange-sim/deribit/instruments.hpp"
#include "exchange-sim/deribit/text_book.hpp"

namespace mp::sim::deribit {
namespace {

TEST(DeribitChannel, TakesNamesApart) {
    const auto book = ParseChannel("book.BTC-PERPETUAL.100ms");
    ASSERT_TRUE(book);
    EXPECT_EQ(book->kind, FrameKind::kBookDelta);
    EXPECT_EQ(book->symbol, "BTC-PERPETUAL");
    EXPECT_FALSE(book->raw());
    EXPECT_TRUE(ParseChannel("trades.SOL_USDC-PERPETUAL.raw")->raw());
    EXPECT_EQ(ParseChannel("book.BTC-PERPETUAL.none.10.100ms")->kind, FrameKind::kBookTop);
    EXPECT_EQ(ParseChannel("quote.BTC-PERPETUAL")->kind, FrameKind::kBbo);
    EXPECT_EQ(ParseChannel("chart.trades.BTC-PERPETUAL.60")->resolution, "60");
    EXPECT_FALSE(ParseChannel("chart.trades.BTC-PERPETUAL.61"));
    EXPECT_FALSE(ParseChannel("nonsense.BTC-PERPETUAL.raw"));
    EXPECT_FALSE(ParseChannel("book"));
}

TEST(DeribitInstruments, GuessesWhatANameSays) {
    EXPECT_EQ(GuessInstrument("BTC-PERPETUAL").market(), "inverse");
    EXPECT_EQ(GuessInstrument("SOL_USDC-PERPETUAL").market(), "linear");
    const Instrument option = GuessInstrument("MATIC_USDC-9MAR24-1d02-C");
    EXPECT_EQ(option.market(), "option");
    EXPECT_EQ(option.strike, "1.02");
    EXPECT_TRUE(option.call);
    EXPECT_EQ(option.expiry_ms, 1'709'971'200'000);
    EXPECT_EQ(DayName(option.expiry_ms), "9MAR24");
}

TEST(DeribitInstruments, ServesRecordedRowsUnchanged) {
    const std::string row = R"({"instrument_name":"BTC-PERPETUAL", "kind":"future"})";
    Instruments instruments;
    instruments.AddRecorded(R"({"result":[)" + row + "]}");
    instruments.Add(GuessInstrument("BTC-PERPETUAL"));
    EXPECT_EQ(instruments.Render("any", "future"), row);
    EXPECT_EQ(instruments.Render("BTC", ""), row);
    EXPECT_EQ(instruments.Render("ETH", "future"), "");
    EXPECT_EQ(instruments.Render("any", "option"), "");
}

std::string Message(const std::string& data) {
    return R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.A.raw","data":)" +
           data + "}}";
}

TEST(DeribitTextBook, FollowsActionsAndKeepsTheText) {
    TextBook book;
    EXPECT_EQ(book.RenderStream("book.A.100ms"), "");
    book.Apply(Message(R"({"type":"snapshot","timestamp":1,"change_id":10,)"
                       R"("bids":[["new",-7.0,4.0],["new",-8.5,1.0]],"asks":[["new",1e-1,2.0]]})"));
    book.Apply(Message(R"({"type":"change","timestamp":2,"prev_change_id":10,"change_id":15,)"
                       R"("bids":[["delete",-7.0,0.0]],"asks":[["change",0.1,3.0],["delete",9]]})")
    );
    EXPECT_EQ(
        book.Render(5), R"({"timestamp":2,"change_id":15,"bids":[[-8.5,1.0]],"asks":[[0.1,3.0]]})"
    );
    const std::string stream = book.RenderStream("book.A.100ms");
    EXPECT_NE(stream.find(R"("channel":"book.A.100ms")"), std::string::npos);
    EXPECT_NE(stream.find(R"("change_id":15,"bids":[["new",-8.5,1.0]])"), std::string::npos);
    EXPECT_EQ(stream.find("prev_change_id"), std::string::npos);
}

}  // namespace
}  // namespace mp::sim::deribit
