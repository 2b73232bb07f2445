#include "gateway/live/book_merge.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace mp::gateway {
namespace {

using Levels = std::vector<model::Level>;

model::Level L(const char* price, const char* quantity) {
    return {*Decimal::Parse(price), *Decimal::Parse(quantity)};
}

struct Delta {
    uint64_t first;
    uint64_t last;
    Levels bids = {};
    Levels asks = {};
    std::optional<uint64_t> previous = {};
    uint64_t epoch = 0;
    uint32_t parts = 0;

    std::string Bytes() const {
        model::BookDelta delta;
        delta.bids = bids;
        delta.asks = asks;
        delta.first_update_id = first;
        delta.last_update_id = last;
        delta.previous_update_id = previous;
        delta.epoch = epoch;
        delta.parts = parts;
        model::Event event;
        event.order_ts = static_cast<Nanos>(last) * 10;
        event.received_ts = static_cast<Nanos>(last) * 10 + 1;
        event.body = delta;
        std::string bytes;
        wire::AppendEvent(event, bytes);
        return bytes;
    }
};

TEST(BookMerge, KeepsTheNewestQuantityOfEveryLevel) {
    auto merge = BookMerge::Begin(Delta{1, 2, {L("10", "1"), L("9", "1")}, {L("11", "4")}}.Bytes());
    ASSERT_NE(merge, nullptr);
    ASSERT_TRUE(merge->Append(Delta{3, 5, {L("10", "0"), L("9.5", "7")}, {}}.Bytes()));
    ASSERT_TRUE(merge->Append(Delta{6, 6, {L("9", "2")}, {L("10.5", "1")}}.Bytes()));
    const std::string bytes = merge->Encode();
    wire::EventDecoder decoder;
    model::Event event;
    ASSERT_TRUE(decoder.Decode(bytes, event).ok());
    const auto& delta = std::get<model::BookDelta>(event.body);
    EXPECT_EQ(delta.first_update_id, 1u);
    EXPECT_EQ(delta.last_update_id, 6u);
    EXPECT_EQ(event.order_ts, 60);
    const Levels bids{L("10", "0"), L("9.5", "7"), L("9", "2")};
    const Levels asks{L("10.5", "1"), L("11", "4")};
    EXPECT_EQ(Levels(delta.bids.begin(), delta.bids.end()), bids) << "a removal stays one";
    EXPECT_EQ(Levels(delta.asks.begin(), delta.asks.end()), asks);
}

TEST(BookMerge, LeavesAHoleOfTheVenueVisible) {
    auto merge = BookMerge::Begin(Delta{1, 2, {L("10", "1")}}.Bytes());
    EXPECT_FALSE(merge->Append(Delta{4, 5}.Bytes()));
    EXPECT_FALSE(merge->Append(Delta{3, 5, {}, {}, 1}.Bytes())) << "its predecessor is another";
    EXPECT_FALSE(merge->Append(Delta{1, 2}.Bytes())) << "a repeat";
    EXPECT_FALSE(merge->Append(Delta{3, 5, {}, {}, {}, 1}.Bytes())) << "another epoch";
    EXPECT_FALSE(merge->Append(Delta{3, 5, {}, {}, {}, 0, 2}.Bytes())) << "a piece";
    EXPECT_FALSE(merge->Append("garbage"));
    EXPECT_TRUE(merge->Append(Delta{3, 5, {}, {}, 2}.Bytes()));
}

TEST(BookMerge, DoesNotBeginWithAPieceOrGarbage) {
    EXPECT_EQ(BookMerge::Begin(Delta{1, 2, {}, {}, {}, 0, 3}.Bytes()), nullptr);
    EXPECT_EQ(BookMerge::Begin("garbage"), nullptr);
}

}  // namespace
}  // namespace mp::gateway
