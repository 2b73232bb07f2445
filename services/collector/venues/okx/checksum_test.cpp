#include "collector/venues/okx/checksum.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>

#include "collector/book/crc32.hpp"

namespace mp::collector::okx {
namespace {

Decimal D(std::string_view text) {
    return *Decimal::Parse(text);
}

// The rule in plain words.
uint32_t Slow(const model::OrderBook& book) {
    std::string text;
    const auto bids = book.bids();
    const auto asks = book.asks();
    for (size_t i = 0; i < 25; ++i) {
        for (const auto& side : {bids, asks}) {
            if (i >= side.size()) continue;
            const model::Level& level = side[side.size() - 1 - i];
            text += level.price.ToString() + ":" + level.quantity.ToString() + ":";
        }
    }
    if (!text.empty()) text.pop_back();
    return Crc32(text);
}

TEST(Crc32, IsTheOneOfZip) {
    EXPECT_EQ(Crc32("123456789"), 0xCBF43926u);
    EXPECT_EQ(Crc32("6789", Crc32("12345")), 0xCBF43926u);
    EXPECT_EQ(Crc32("The quick brown fox jumps over the lazy dog"), 0x414FA339u);
    EXPECT_EQ(Crc32(""), 0u);
}

TEST(OkxChecksum, InterleavesTheSidesAndLeavesOutWhatIsExhausted) {
    model::OrderBook book;
    const std::vector<model::Level> bids = {{D("3366.1"), D("7")}};
    const std::vector<model::Level> asks = {{D("3366.8"), D("9")}, {D("3368"), D("8.50")}};
    book.Reset(bids, asks);
    InterleavedChecksum checksum;
    EXPECT_EQ(checksum.Of(book), Crc32("3366.1:7:3366.8:9:3368:8.5"));
    book.Reset({}, asks);
    EXPECT_EQ(checksum.Of(book), Crc32("3366.8:9:3368:8.5"));
    book.Clear();
    EXPECT_EQ(checksum.Of(book), 0u);
}

TEST(OkxChecksum, WritesEveryDecimalAsTheVenueDoes) {
    InterleavedChecksum checksum;
    for (const char* text :
         {"0.000000454",
          "1",
          "100",
          "0.5",
          "-13.5",
          "9223372036854775807",
          "0.000000000000000001",
          "-9.223372036854775807",
          "12345678.9"}) {
        model::OrderBook book;
        const std::vector<model::Level> bids = {{D(text), D("2")}};
        book.Reset(bids, {});
        EXPECT_EQ(checksum.Of(book), Crc32(std::string(text) + ":2")) << text;
    }
}

// What is kept from one computation to the next must never show.
TEST(OkxChecksum, AgreesWithItselfComputedAnew) {
    std::mt19937_64 random(5);
    const auto some = [&](uint64_t n) { return static_cast<int64_t>(random() % n); };
    model::OrderBook book;
    InterleavedChecksum checksum;
    for (int round = 0; round < 20'000; ++round) {
        std::vector<model::Level> bids, asks;
        for (int64_t n = some(4); n >= 0; --n) {
            auto& side = random() % 2 == 0 ? bids : asks;
            const int64_t base = &side == &bids ? 0 : 60;
            const auto quantity = random() % 3 == 0 ? Decimal() : Decimal::Make(some(500), 2);
            side.push_back({Decimal::Make(1000 + base + some(60), 1), quantity});
        }
        book.Apply(bids, asks);
        if (random() % 500 == 0) book.Clear();
        if (random() % 3 == 0) continue;
        ASSERT_EQ(checksum.Of(book), Slow(book)) << round;
    }
}

TEST(OkxChecksum, KnowsThePlainWayOfWriting) {
    EXPECT_TRUE(IsPlain("[]"));
    EXPECT_TRUE(IsPlain(R"([["8476.98","415","0","13"],["0.000000454","0","0.50","00"]])"));
    EXPECT_TRUE(IsPlain(R"([["-1.5","10"]])"));
    for (const char* text :
         {R"([["41007.0","1"]])",
          R"([["1","2.50"]])",
          R"([["1e3","1"]])",
          R"([["01","1"]])",
          R"([["1","1"],["2.0","1"]])",
          R"([[".5","1"]])",
          R"([["5.","1"]])",
          R"([["","1"]])",
          R"([["1","+1"]])",
          R"([["1","1]])"}) {
        EXPECT_FALSE(IsPlain(text)) << text;
    }
}

}  // namespace
}  // namespace mp::collector::okx
