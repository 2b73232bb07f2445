#include <gtest/gtest.h>

#include "exchange-sim/okx/channel.hpp"
#include "exchange-sim/okx/checksum.hpp"
#include "exchange-sim/okx/instruments.hpp"
#include "exchange-sim/okx/text_book.hpp"

namespace mp::sim::okx {
namespace {

TEST(OkxChecksum, InterleavesTheSidesAndLeavesOutAnExhaustedOne) {
    // By another implementation of CRC-32.
    EXPECT_EQ(
        Checksum({{"3366.1", "7"}, {"3366", "6"}}, {{"3366.8", "9"}, {"3368", "8"}}), -1881014294
    );
    EXPECT_EQ(Checksum({{"0.335", "5"}, {"0.334", "1"}}, {{"0.3415", "5"}}), -323535412);
}

TEST(OkxChannel, KnowsWhereEachIsServed) {
    EXPECT_FALSE(FindChannel("books")->business);
    EXPECT_TRUE(FindChannel("trades-all")->business);
    EXPECT_TRUE(FindChannel("candle1m")->business);
    EXPECT_EQ(FindChannel("nonsense"), nullptr);
    EXPECT_EQ(IntervalOf("candle1Dutc"), "1d");
    EXPECT_EQ(IntervalOf("candle1D"), "");
}

TEST(OkxInstruments, GuessesWhatAnIdSays) {
    EXPECT_EQ(GuessInstrument("BTC-USDT").market(), "spot");
    EXPECT_EQ(GuessInstrument("BTC-USDT-SWAP").market(), "linear");
    EXPECT_EQ(GuessInstrument("BTC-USD-SWAP").market(), "inverse");
    EXPECT_EQ(GuessInstrument("BTC-USD-241227").type, "FUTURES");
    EXPECT_EQ(GuessInstrument("BTC-USD-241227-60000-C").type, "OPTION");
}

TEST(OkxInstruments, ServesRecordedRowsUnchanged) {
    const std::string row =
        R"({"instId":"A-USDT-SWAP", "instType":"SWAP","ctVal":"10","uly":"A-USDT"})";
    Instruments instruments;
    instruments.AddRecorded(R"({"code":"0","data":[)" + row + "]}");
    instruments.Add(GuessInstrument("A-USDT-SWAP"));
    EXPECT_EQ(instruments.Render({"SWAP", "", ""}), row);
    EXPECT_EQ(instruments.Render({"SPOT", "", ""}), "");
    EXPECT_EQ(instruments.Render({"", "B-USDT", ""}), "");
    EXPECT_EQ(instruments.RenderFamilies("SWAP"), R"(["A-USDT"])");
}

TEST(OkxTextBook, GoesOnFromASnapshotWithItsNumbers) {
    TextBook book;
    book.Apply(R"({"action":"update","data":[{"asks":[],"bids":[["9","1","0","1"]],"ts":"1"}]})");
    EXPECT_EQ(book.RenderStream("books:A-USDT"), "");
    book.Apply(
        R"({"action":"snapshot","data":[{"asks":[["11","1","0","1"]],"bids":[["10","2","0","1"]],)"
        R"("ts":"2","checksum":5,"seqId":7,"prevSeqId":-1}]})"
    );
    book.Apply(
        R"({"action":"update","data":[{"asks":[["11","0","0","0"],["12","3","0","1"]],"bids":[],)"
        R"("ts":"3","checksum":6,"seqId":9,"prevSeqId":7}]})"
    );
    EXPECT_EQ(
        book.Render(400),
        R"({"asks":[["12","3","0","1"]],"bids":[["10","2","0","1"]],"ts":"3","seqId":9})"
    );
    const std::string stream = book.RenderStream("books:A-USDT");
    EXPECT_TRUE(stream.starts_with(
        R"({"arg":{"channel":"books","instId":"A-USDT"},"action":"snapshot","data":[{)"
    ));
    EXPECT_TRUE(stream.ends_with(R"("seqId":9,"prevSeqId":-1}]})"));
}

TEST(OkxTextBook, OfAnEarlyRecordingHasNoNumbers) {
    TextBook book;
    book.Apply(
        R"({"action":"snapshot","data":[{"asks":[],"bids":[["10","2","0","1"]],"ts":"2","checksum":5}]})"
    );
    EXPECT_EQ(book.RenderStream("books:A-USDT").find("seqId"), std::string::npos);
}

}  // namespace
}  // namespace mp::sim::okx
