#include "exchange-sim/faults.hpp"

#include <gtest/gtest.h>

#include "exchange-sim/garbage.hpp"

namespace mp::sim {
namespace {

Frame Delta(std::string_view symbol) {
    Frame frame;
    frame.kind = FrameKind::kBookDelta;
    frame.symbol = symbol;
    return frame;
}

TEST(Faults, ReadsTheTextForm) {
    const auto fault = ParseFault("at=1000,kind=drop_delta,symbol=BTCUSDT,count=3");
    ASSERT_TRUE(fault.ok()) << fault.status();
    EXPECT_EQ(fault->at, 1000u);
    EXPECT_EQ(fault->kind, Fault::Kind::kDropDelta);
    EXPECT_EQ(fault->symbol, "BTCUSDT");
    EXPECT_EQ(fault->count, 3);
}

TEST(Faults, ReadsTheJsonForm) {
    const auto fault = ParseFaultJson(R"({"kind":"http_429","n":2,"retry_after":7})");
    ASSERT_TRUE(fault.ok()) << fault.status();
    EXPECT_EQ(fault->count, 2);
    EXPECT_EQ(fault->retry_after, 7);
}

TEST(Faults, RefusesWhatItDoesNotKnow) {
    EXPECT_FALSE(ParseFault("kind=earthquake").ok());
    EXPECT_FALSE(ParseFault("at=1").ok());
    EXPECT_FALSE(ParseFault("kind=cut,at=soon").ok());
    EXPECT_FALSE(ParseFault("kind=cut,colour=red").ok());
    EXPECT_FALSE(ParseFault("kind=garbage,variant=glitter").ok());
    EXPECT_FALSE(ParseFaultJson("[1]").ok());
}

TEST(Faults, WaitsForItsMessage) {
    FaultPlan plan;
    plan.Add(*ParseFault("at=5,kind=drop_delta,symbol=BTCUSDT"));
    EXPECT_EQ(plan.Activate(4), 0u);
    EXPECT_FALSE(plan.Take(Fault::Kind::kDropDelta, Delta("BTCUSDT")));
    EXPECT_EQ(plan.Activate(5), 1u);
    EXPECT_FALSE(plan.Take(Fault::Kind::kDropDelta, Delta("ETHUSDT")));
    EXPECT_TRUE(plan.Take(Fault::Kind::kDropDelta, Delta("BTCUSDT")));
    EXPECT_FALSE(plan.Take(Fault::Kind::kDropDelta, Delta("BTCUSDT")));
    EXPECT_TRUE(plan.quiet());
}

TEST(Faults, DropsOnlyDeltas) {
    const Fault fault = *ParseFault("kind=drop_delta");
    Frame trade = Delta("BTCUSDT");
    trade.kind = FrameKind::kTrade;
    EXPECT_FALSE(fault.Matches(trade));
    EXPECT_TRUE(fault.Matches(Delta("BTCUSDT")));
}

TEST(Faults, KnowsHowSubscriptionsMayBeAnswered) {
    EXPECT_TRUE(ParseFault("kind=ack,variant=late").ok());
    EXPECT_FALSE(ParseFault("kind=ack,variant=friendly").ok());
}

TEST(Faults, TakesWhatIsOfNoFrame) {
    FaultPlan plan;
    plan.Add(*ParseFault("kind=ack,symbol=BTC-USDT"));
    plan.Activate(0);
    EXPECT_FALSE(plan.Take(Fault::Kind::kAck, "ETH-USDT"));
    EXPECT_FALSE(plan.Take(Fault::Kind::kNoPong, "BTC-USDT"));
    EXPECT_TRUE(plan.Take(Fault::Kind::kAck, "BTC-USDT"));
}

TEST(Faults, ChangesAChecksumAndNothingElse) {
    Frame frame;
    frame.wrapped = R"({"ts":"1","checksum":-901825231,"seqId":7})";
    EXPECT_EQ(WithWrongChecksum(frame), R"({"ts":"1","checksum":-901825232,"seqId":7})");
    frame.wrapped = R"({"checksum":5})";
    EXPECT_EQ(WithWrongChecksum(frame), R"({"checksum":1})");
    frame.wrapped = R"({"ts":"1"})";
    EXPECT_EQ(WithWrongChecksum(frame), "");
}

TEST(Faults, CountsHttpRequests) {
    FaultPlan plan;
    plan.Add(*ParseFault("kind=http_500,count=2"));
    plan.Activate(0);
    EXPECT_TRUE(plan.TakeHttp("BTCUSDT", "/api/v3/depth"));
    EXPECT_TRUE(plan.TakeHttp("", "/api/v3/exchangeInfo"));
    EXPECT_FALSE(plan.TakeHttp("", "/api/v3/exchangeInfo"));
    plan.Add(*ParseFault("kind=http_429,path=/fapi/"));
    plan.Activate(0);
    EXPECT_FALSE(plan.TakeHttp("BTCUSDT", "/api/v3/depth"));
    EXPECT_TRUE(plan.TakeHttp("BTCUSDT", "/fapi/v1/depth"));
}

}  // namespace
}  // namespace mp::sim
