#include "gateway/websocket/client_op.hpp"

#include <gtest/gtest.h>

namespace mp::gateway {
namespace {

std::string Wrong(std::string_view text) {
    std::string id;
    const auto op = ParseClientOp(text, id);
    if (op.ok()) return "accepted";
    const std::string_view message = MessageOf(op.status());
    return std::string(message.substr(0, message.find(':')));
}

TEST(ClientOp, ReadsASubscription) {
    std::string id;
    const auto op = ParseClientOp(
        R"({"op":"subscribe","id":7,"mode":"conflate","from":"2024-08-08T23:54:15Z",
            "series":[{"exchange":"binance","market":"spot","symbol":"BTC-USDT","data_type":"bbo"}]})",
        id
    );
    ASSERT_TRUE(op.ok()) << op.status();
    EXPECT_EQ(op->id, "7");
    EXPECT_EQ(op->request.policy, SlowPolicy::kConflate);
    EXPECT_EQ(op->request.from, 1723161255000000000);
    ASSERT_EQ(op->request.series.size(), 1u);
    EXPECT_EQ(op->request.series[0].data_type, model::DataType::kBbo);
}

TEST(ClientOp, ReadsASubscriptionToBars) {
    std::string id;
    const auto op = ParseClientOp(
        R"({"op":"subscribe","id":"c","from":1723161255000,"candles":[
            {"exchange":"binance","market":"spot","symbol":"BTC-USDT","interval":"1m"},
            {"exchange":"okx","symbol":"ETH-USDT","interval":"100t"}]})",
        id
    );
    ASSERT_TRUE(op.ok()) << op.status();
    EXPECT_TRUE(op->request.series.empty());
    ASSERT_EQ(op->candles.series.size(), 2u);
    EXPECT_EQ(op->candles.series[1].instrument.symbol, "ETH-USDT");
    EXPECT_EQ(op->candles.series[1].interval, "100t");
    EXPECT_EQ(op->candles.from, 1723161255000000000);
    const std::string begin = R"({"id":"1","op":"subscribe","candles":)";
    const std::string bars = R"([{"exchange":"x","symbol":"y","interval":"1m"}])";
    EXPECT_EQ(Wrong(begin + "[]}"), "candles");
    EXPECT_EQ(Wrong(begin + R"([{"exchange":"x","symbol":"y"}]})"), "interval");
    EXPECT_EQ(Wrong(begin + bars + R"(,"mode":"conflate"})"), "mode");
    EXPECT_EQ(Wrong(begin + bars + R"(,"series":[]})"), "series");
}

TEST(ClientOp, NamesTheMemberThatIsWrong) {
    EXPECT_EQ(Wrong("not json"), "frame");
    EXPECT_EQ(Wrong("[]"), "frame");
    EXPECT_EQ(Wrong(R"({"op":"subscribe"})"), "id");
    EXPECT_EQ(Wrong(R"({"id":"1"})"), "op");
    EXPECT_EQ(Wrong(R"({"id":"1","op":"fly"})"), "op");
    EXPECT_EQ(Wrong(R"({"id":"1","op":"subscribe","series":[]})"), "series");
    EXPECT_EQ(
        Wrong(R"({"id":"1","op":"subscribe","series":[{"exchange":"x","symbol":"y"}]})"),
        "data_type"
    );
    EXPECT_EQ(
        Wrong(
            R"({"id":"1","op":"subscribe","series":[{"exchange":"x","symbol":"y","data_type":"bbo"}],"mode":"fast"})"
        ),
        "mode"
    );
    EXPECT_EQ(
        Wrong(
            R"({"id":"1","op":"subscribe","series":[{"exchange":"x","symbol":"y","data_type":"bbo"}],"from":"soon"})"
        ),
        "from"
    );
    EXPECT_EQ(
        Wrong(
            R"({"id":"1","op":"subscribe","series":[{"exchange":"x","symbol":"y","data_type":"bbo"}],"token":5})"
        ),
        "token"
    );
}

TEST(ClientOp, NamesTheMemberThatNobodyKnows) {
    EXPECT_EQ(
        Wrong(
            R"({"id":"1","op":"subscribe","series":[{"exchange":"x","symbol":"y","data_type":"bbo"}],"form":"2026-11-20T00:00:00Z"})"
        ),
        "form"
    );
    EXPECT_EQ(
        Wrong(
            R"({"id":"1","op":"subscribe","series":[{"exchange":"x","symbol":"y","data_type":"bbo","depth":5}]})"
        ),
        "depth"
    );
    EXPECT_EQ(Wrong(R"({"id":"1","op":"unsubscribe","why":"enough"})"), "why");
    EXPECT_EQ(Wrong(R"({"id":"1","op":"unsubscribe"})"), "accepted");
}

TEST(ClientOp, SurvivesDeepNesting) {
    EXPECT_EQ(Wrong(std::string(100'000, '[')), "frame");
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_EQ(Wrong(R"({"op":"subscribe","id":)" + deep + "}"), "frame");
}

}  // namespace
}  // namespace mp::gateway
