// A block gives back each trade byte for byte, and takes no damage for one.

#include "storage/engines/rocksdb/trade_block.hpp"

#include <gtest/gtest.h>

#include "model/identity.hpp"
#include "storage/engines/test/any_trades.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {
namespace {

// Packs what fits together of `seed`'s trades; the rows that are in it.
std::string Pack(uint64_t seed, EventRows& rows) {
    AnyTrades trades(seed);
    TradeBlockWriter writer;
    wire::EventDecoder decoder;
    model::Event event;
    for (int i = 0; i < 300; ++i) {
        const TestEvent trade = trades.Any();
        EXPECT_TRUE(decoder.Decode(trade.bytes, event).ok());
        if (!writer.Add(event)) continue;
        std::string key;
        model::AppendKey(event, key);
        rows.Add(key, trade.bytes);
    }
    EXPECT_EQ(writer.size(), rows.size());
    return writer.Finish("the end");
}

TEST(TradeBlock, GivesBackEveryTradeByteForByte) {
    size_t trades = 0;
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        SCOPED_TRACE(seed);
        EventRows rows, unpacked;
        const std::string block = Pack(seed, rows);
        trades += rows.size();
        EXPECT_EQ(EndOfBlock(block), "the end");
        EXPECT_EQ(UnpackBlock(block, {}, unpacked).value(), rows.size());
        EXPECT_TRUE(unpacked == rows);
    }
    EXPECT_GT(trades, 3000u);
}

TEST(TradeBlock, GivesWhatAStretchHolds) {
    TradeBlockWriter writer;
    wire::EventDecoder decoder;
    model::Event event;
    std::vector<std::string> keys;
    for (int i = 0; i < 10; ++i) {
        const TestEvent trade = TestTrade(i * 10, static_cast<uint64_t>(i));
        ASSERT_TRUE(decoder.Decode(trade.bytes, event).ok());
        ASSERT_TRUE(writer.Add(event));
        model::AppendKey(event, keys.emplace_back());
    }
    EventRows rows;
    EXPECT_EQ(UnpackBlock(writer.Finish("end"), {keys[3], keys[7]}, rows).value(), 10u);
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows.event(0), TestTrade(30, 3).bytes);
    EXPECT_EQ(rows.Find(keys[6]), 3u);
    EXPECT_EQ(rows.Find(keys[7]), rows.size());
}

TEST(TradeBlock, TakesNoEventsButTrades) {
    TradeBlockWriter writer;
    wire::EventDecoder decoder;
    model::Event event;
    const TestEvent bbo = TestBbo(10, 1);
    ASSERT_TRUE(decoder.Decode(bbo.bytes, event).ok());
    EXPECT_FALSE(writer.Add(event));
    EXPECT_EQ(writer.size(), 0u);
}

TEST(TradeBlock, DamagedIsDataLossOrOtherTradesButNothingWorse) {
    EventRows rows, unpacked;
    const std::string block = Pack(3, rows);
    for (size_t size = 0; size < block.size(); ++size) {
        const auto cut = UnpackBlock(std::string_view(block).substr(0, size), {}, unpacked);
        EXPECT_EQ(cut.status().code(), StatusCode::kDataLoss) << size;
    }
    AnyTrades random(4);
    size_t noticed = 0;
    for (int flip = 0; flip < 1000; ++flip) {
        std::string damaged = block;
        damaged[static_cast<size_t>(random.Below(block.size()))] ^=
            static_cast<char>(1 << random.Below(8));
        noticed += UnpackBlock(damaged, {}, unpacked).ok() ? 0u : 1u;
    }
    EXPECT_GT(noticed, 0u);
}

}  // namespace
}  // namespace mp::storage
