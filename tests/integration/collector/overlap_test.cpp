// While a connection takes over from another, both carry everything: which of the two sockets is
// read first is no gap, and what neither gave is exactly one. OKX, whose books begin in the stream.
#include "okx_fixture.hpp"

namespace mp::collector {
namespace {

constexpr char kArg[] = R"("arg":{"channel":"books","instId":"BTC-USDT"})";
constexpr char kNotice[] =
    R"({"event":"notice","code":"64008","msg":"The connection will soon be closed.","connId":"a"})";
std::string Message(const char* action, int64_t previous, int64_t last) {
    const std::string time = std::to_string(1'700'000'000'000 + last * 100);
    return std::string("{") + kArg + R"(,"action":")" + action +
           R"(","data":[{"asks":[["200","1","0","1"]],"bids":[["100",")" + std::to_string(last) +
           R"(","0","1"]],"ts":")" + time + R"(","checksum":0,"prevSeqId":)" +
           std::to_string(previous) + R"(,"seqId":)" + std::to_string(last) + "}]}";
}

std::string Snapshot(int64_t id) {
    return Message("snapshot", -1, id);
}

std::string Update(int64_t previous, int64_t last) {
    return Message("update", previous, last);
}

std::string Trade(int64_t id) {
    const std::string time = std::to_string(1'700'000'000'000 + id * 100);
    const std::string number = std::to_string(id);
    return R"({"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT",)"
           R"("tradeId":")" +
           number + R"(","px":"100","sz":"1","side":"buy","ts":")" + time +
           R"(","source":"0","seqId":)" + number + "}]}";
}

class OverlapTest : public OkxFixture {
  protected:
    // One connection with a book at 11, and one beside it that is to take over.
    void Begin() {
        config_.link.overlap = 1h;
        ASSERT_NO_FATAL_FAILURE(Follow(model::DataType::kBookDelta));
        Say(0, Snapshot(10));
        Say(0, Update(10, 11));
        ASSERT_TRUE(BookIsAt(11));
        Say(0, kNotice);
        ASSERT_TRUE(Asked(1, 1));
    }

    // The same of trades.
    void BeginTrades() {
        config_.link.overlap = 1h;
        ASSERT_NO_FATAL_FAILURE(Follow(model::DataType::kTrade));
        Say(0, Trade(10));
        Say(0, Trade(11));
        ASSERT_TRUE(Received(2));
        Say(0, kNotice);
        ASSERT_TRUE(Asked(1, 1));
    }
};

TEST_F(OverlapTest, WhatTheNewConnectionGivesFirstWaitsForTheOldOne) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Say(1, Snapshot(13));
    Say(1, Update(13, 14));
    Say(1, Update(14, 15));
    ASSERT_TRUE(Received(3));
    EXPECT_TRUE(BookIsAt(11)) << "what lies between is on its way";
    Say(0, Update(11, 12));
    Say(0, Update(12, 13));
    EXPECT_TRUE(BookIsAt(15));
    Say(0, Update(13, 14));
    Say(0, Update(14, 15));
    ASSERT_TRUE(Received(7));
    EXPECT_TRUE(BookIsAt(15));
    EXPECT_EQ(Gaps(), 0u);
    EXPECT_TRUE(Resynced(1)) << "at its begin";
}

TEST_F(OverlapTest, TheNewConnectionGoesOnWhereTheOldOneEnds) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Say(1, Snapshot(11));
    Say(1, Update(11, 12));
    Say(1, Update(12, 13));
    EXPECT_TRUE(BookIsAt(13));
    End(0);
    Say(1, Update(13, 14));
    EXPECT_TRUE(BookIsAt(14));
    EXPECT_EQ(Gaps(), 0u);
    EXPECT_TRUE(Resynced(1));
}

TEST_F(OverlapTest, WhatNeitherGaveIsOneGap) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Say(1, Snapshot(13));
    Say(1, Update(13, 14));
    ASSERT_TRUE(Received(2));
    End(0);
    ASSERT_TRUE(Asked(1, 2)) << "for a book that holds what is missing";
    Say(1, Snapshot(14));
    Say(1, Update(14, 15));
    EXPECT_TRUE(BookIsAt(15));
    EXPECT_EQ(Gaps(), 1u);
    EXPECT_TRUE(Resynced(2));
}

TEST_F(OverlapTest, WhatANewConnectionThatFailedGaveAheadIsForgotten) {
    ASSERT_NO_FATAL_FAILURE(BeginTrades());
    Say(1, Trade(14));
    ASSERT_TRUE(Received(3));
    End(1);
    ASSERT_TRUE(Comes(R"(marketprism_sessions_ended_total{exchange="okx",reason="disconnected"} 1)")
    );
    End(0);
    ASSERT_TRUE(Asked(2, 1));
    for (const int64_t id : {12, 13, 14, 15}) Say(2, Trade(id));
    ASSERT_TRUE(Received(7));
    EXPECT_EQ(Gaps(), 0u);
}

TEST_F(OverlapTest, WhatCameAheadHasNoPlaceWhereTheVenueCountsAnew) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Say(1, Snapshot(13));
    Say(1, Update(13, 14));
    ASSERT_TRUE(Received(2));
    Say(0, Update(11, 3));
    ASSERT_TRUE(BookIsAt(3));
    End(0);
    Say(1, Update(3, 4));
    EXPECT_TRUE(BookIsAt(4));
    EXPECT_EQ(Gaps(), 0u);
    EXPECT_TRUE(Resynced(1)) << "at its begin";
}

TEST_F(OverlapTest, AnUnreadableMessageOfTheNewConnectionCostsNothing) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Say(1, R"({"arg":{"channel":"books","instId":"BTC-USDT"},"data":[{"asks":)");
    Say(1, "{");
    ASSERT_TRUE(Comes(R"(marketprism_errors_total{exchange="okx",error_type="data"} 2)"));
    EXPECT_EQ(dead_letters_.counters().waiting, 2u);
    Say(0, Update(11, 12));
    EXPECT_TRUE(BookIsAt(12));
    EXPECT_EQ(Gaps(), 0u);
    EXPECT_TRUE(Resynced(1)) << "at its begin";
    EXPECT_EQ(asked_[0], 1);
}

TEST_F(OverlapTest, WhatOnlyTheNewConnectionGaveIsNotMissing) {
    ASSERT_NO_FATAL_FAILURE(BeginTrades());
    Say(1, Trade(14));
    ASSERT_TRUE(Received(3));
    Say(0, Trade(15));
    Say(0, Trade(16));
    ASSERT_TRUE(Received(5));
    EXPECT_EQ(Gaps(), 1u);
    claims_.Send();
    uint64_t missing = 0;
    ForEachEvent([&](const model::Instrument&, const model::Event& event) {
        const auto* claim = std::get_if<model::Coverage>(&event.body);
        if (claim != nullptr) missing += claim->missing.value_or(0);
    });
    EXPECT_EQ(missing, 2u) << "12 and 13";
}

}  // namespace
}  // namespace mp::collector
