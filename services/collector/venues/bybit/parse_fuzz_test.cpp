// Random damage to good messages: nothing may crash, and what is judged good must not depend on
// what the parser read before.
#include "collector/venues/bybit/parse.hpp"
#include "collector/venues/test/frame_damage.hpp"

namespace mp::collector::bybit {
namespace {

const std::vector<std::string> kFrames = {
    R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"seq":1783284617}]})",
    R"({"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["16493.50","0.006"],["16493.00","0.100"]],"a":[["16611.00","0.029"]],"u":18521288,"seq":7961638724},"cts":1672304484976})",
    R"({"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["16493.50","0"]],"a":[],"u":18521289,"seq":7961638725},"cts":1672304484976})",
    R"({"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,"interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":1672324988882,"type":"snapshot"})",
    R"({"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"BTCUSDT","S":"Sell","v":"20000","p":"0.04499"}]})",
    R"({"success":true,"ret_msg":"","conn_id":"d8bu","req_id":"7","op":"subscribe"})",
    R"({"success":false,"ret_msg":"error:handler not found,topic:dcp.future","req_id":"8","op":"subscribe"})",
    R"({"success":true,"ret_msg":"pong","conn_id":"d9","op":"ping"})",
};
// What builds on earlier messages.
const std::vector<std::string> kRemembered = {
    R"({"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":1749833474773,"data":{"s":"BTCUSDT","b":[["0.6131","17.9"]],"a":[["0.6134","35.4"]],"u":24042997,"seq":209972815373},"cts":1749833474768})",
    R"({"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","lastPrice":"17216.00","prevPrice24h":"16926.50","markPrice":"17217.33","indexPrice":"17227.36","openInterest":"68744.761","openInterestValue":"1183601235.91","turnover24h":"1570383121.943499","nextFundingTime":"1673280000000","fundingRate":"-0.000212"},"cs":24987956059,"ts":1673272861686})",
    R"({"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","volume24h":"91705.276","markPrice":"17218.33"},"cs":24987956060,"ts":1673272861786})",
};

std::unique_ptr<FrameParser> Make() {
    static const SymbolTable kSymbols = [] {
        SymbolTable symbols;
        symbols.Set("BTCUSDT", 7);
        return symbols;
    }();
    return MakeParser(kSymbols);
}

TEST(BybitParseFuzz, DamageNeverCrashesNorDependsOnHistory) {
    testing::ExpectDamageIsHarmless(Make, kFrames, 41);
}

TEST(BybitParseFuzz, EqualHistoriesGiveEqualEvents) {
    const auto one = Make();
    const auto other = Make();
    testing::Transcript transcript;
    std::mt19937_64 random(42);
    for (int i = 0; i < 50'000; ++i) {
        const std::string& good = kRemembered[random() % kRemembered.size()];
        const std::string frame = testing::Damage(good, kRemembered, random);
        ASSERT_EQ(transcript.Of(*one, frame), transcript.Of(*other, frame)) << frame;
    }
}

TEST(BybitParseFuzz, BlanksChangeNothing) {
    testing::Transcript transcript;
    for (const auto* frames : {&kFrames, &kRemembered}) {
        for (const std::string& frame : *frames) {
            const std::string airy = testing::Airy(frame);
            EXPECT_EQ(transcript.Of(*Make(), frame), transcript.Of(*Make(), airy)) << airy;
        }
    }
}

}  // namespace
}  // namespace mp::collector::bybit
