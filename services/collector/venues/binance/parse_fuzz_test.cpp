// Random damage to good messages: nothing may crash, and what is judged good must not depend on
// what the parser read before.
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "collector/venues/binance/parse.hpp"
#include "collector/venues/test/frame_damage.hpp"

namespace mp::collector::binance {
namespace {

const std::vector<std::string> kFrames = {
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000123,"s":"BTCUSDT","t":4201,"p":"61000.50000000","q":"0.01500000","T":1700000000121,"m":true,"M":true}})",
    R"({"e":"aggTrade","E":1700000000123,"s":"BTCUSDT","a":26,"p":"1.0","q":"2","f":100,"l":105,"T":1700000000121,"m":false,"M":true})",
    R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT","U":157,"u":160,"b":[["61000.00000000","0.00000000"],["60999.50000000","1.50000000"]],"a":[["61001.00000000","0.10000000"]]}})",
    R"({"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}})",
    R"({"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1700000000700,"s":"BTCUSDT","k":{"t":1700000000000,"T":1700000059999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"1","c":"2","h":"3","l":"0.5","v":"1000","n":101,"x":true,"q":"1.5","V":"500","Q":"0.75","B":"123"}}})",
    R"({"e":"24hrTicker","E":1700000000500,"s":"BTCUSDT","p":"-5","c":"61000.1","o":"61005.1","h":"62000","l":"60000","v":"1234.5","q":"75000000"})",
    R"({"result":null,"id":3})",
    R"({"error":{"code":2,"msg":"Invalid request"},"id":4})",
};
const std::vector<std::string> kContractFrames = {
    R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"T":1700000000190,"s":"BTCUSDT","U":157,"u":160,"pu":149,"b":[["61000.00","0.000"]],"a":[["61001.00","0.100"],["61002.10","7"]],"st":1,"ps":"BTCUSDT"}})",
    R"({"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":400900217,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66","T":1700000000310,"E":1700000000313}})",
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000123,"T":1700000000121,"s":"BTCUSDT","t":4201,"p":"61000.50","q":"0.015","X":"MARKET","m":true}})",
    R"({"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000001000,"s":"BTCUSDT","p":"61000.15000000","ap":"61000.2","i":"60990.10000000","P":"61001.5","r":"0.00038167","T":1700006400000,"st":1}})",
    R"({"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1700000000993,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9912.5","X":"FILLED","l":"0.015","z":"0.014","T":1700000000987}}})",
    R"({"e":"24hrTicker","E":1700000000500,"s":"BTCUSDT","p":"-5","c":"61000.1","o":"61005.1","h":"62000","l":"60000","v":"1234.5","q":"75000000","st":1})",
};

using testing::Transcript;

std::unique_ptr<FrameParser> MakeContracts(const SymbolTable& symbols) {
    return MakeContractParser(symbols, model::Market::kLinear);
}

struct Dialect {
    std::unique_ptr<FrameParser> (*make)(const SymbolTable&);
    const std::vector<std::string>& frames;
    size_t events;  // so many frames at the begin of `frames` hold events
};

class BinanceParseFuzz : public ::testing::TestWithParam<Dialect> {
  protected:
    BinanceParseFuzz() {
        InstrumentFacts facts;
        facts.quantity_unit = model::QuantityUnit::kContracts;
        facts.contract_size = Decimal{100, 0};
        symbols_.Set("BTCUSDT", 7, facts);
    }
    const std::string& Any(std::mt19937_64& random, size_t among) {
        return GetParam().frames[random() % among];
    }

    SymbolTable symbols_;
    Transcript transcript_;
};

TEST_P(BinanceParseFuzz, DamageNeverCrashesNorDependsOnHistory) {
    const auto make = [this] { return GetParam().make(symbols_); };
    testing::ExpectDamageIsHarmless(make, GetParam().frames, 11);
}

// Blanks keep a message out of the fast path: both ways must read the same.
TEST_P(BinanceParseFuzz, TheFastWayAgreesWithTheGeneralOne) {
    const auto parser = GetParam().make(symbols_);
    std::mt19937_64 random(12);
    for (int i = 0; i < 50'000; ++i) {
        std::string frame = Any(random, GetParam().events);
        for (char& c : frame) {
            if (c >= '0' && c <= '9' && random() % 10 == 0)
                c = static_cast<char>('0' + random() % 10);
        }
        const std::string fast = transcript_.Of(*parser, frame);
        ASSERT_EQ(fast, transcript_.Of(*parser, " " + frame)) << frame;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Dialects,
    BinanceParseFuzz,
    ::testing::Values(
        Dialect{MakeSpotParser, kFrames, 6}, Dialect{MakeContracts, kContractFrames, 6}
    ),
    [](const auto& one) { return one.index == 0 ? "Spot" : "Contracts"; }
);

}  // namespace
}  // namespace mp::collector::binance
