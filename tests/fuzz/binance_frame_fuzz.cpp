// Binance's WebSocket messages, as spot, USD-M and COIN-M read them. What is taken as an event must
// survive the wire unchanged, and reading must not depend on what was read before.
#include <iterator>

#include "base/hash.hpp"
#include "collector/venues/binance/parse.hpp"
#include "frame_sink.hpp"
#include "stream_seeds.hpp"

namespace mp::fuzz {
namespace {

collector::SymbolTable Symbols() {
    collector::SymbolTable symbols;
    collector::InstrumentFacts facts;
    facts.quantity_unit = model::QuantityUnit::kContracts;
    facts.contract_size = Decimal{100, 0};
    symbols.Set("BTCUSDT", 7, facts);
    return symbols;
}

class Market {
  public:
    Market(const collector::SymbolTable& symbols, model::Market market)
        : symbols_(symbols), market_(market), used_(Make()) {}

    void Try(std::string_view input) {
        const std::string said = sink_.Of(*used_, input);
        Require(sink_.Of(*Make(), input) == said, "reading does not depend on earlier frames");
    }

  private:
    std::unique_ptr<collector::FrameParser> Make() const {
        if (market_ == model::Market::kSpot) return collector::binance::MakeSpotParser(symbols_);
        return collector::binance::MakeContractParser(symbols_, market_);
    }

    const collector::SymbolTable& symbols_;
    const model::Market market_;
    const std::unique_ptr<collector::FrameParser> used_;
    FrameSink sink_{7};
};

}  // namespace

std::vector<std::string> Seeds() {
    std::vector<std::string> seeds = {
        R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000123,"s":"BTCUSDT","t":4201,"p":"61000.50000000","q":"0.01500000","T":1700000000121,"m":true,"M":true}})",
        R"({"e":"aggTrade","E":1700000000123,"s":"BTCUSDT","a":26,"p":"1.0","q":"2","f":100,"l":105,"T":1700000000121,"m":false,"M":true})",
        R"({"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT","U":157,"u":160,"b":[["61000.00000000","0.00000000"],["60999.5","1.5"]],"a":[["61001.0","0.1"]]})",
        R"({"u":400900217,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.3652","A":"40.66"})",
        R"({"e":"24hrTicker","E":1700000000500,"s":"BTCUSDT","p":"-5","c":"61000.1","o":"61005.1","h":"62000","l":"60000","v":"1234.5","q":"75000000"})",
        R"({"e":"kline","E":1700000000700,"s":"BTCUSDT","k":{"t":1700000000000,"T":1700000059999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"1","c":"2","h":"3","l":"0.5","v":"1000","n":101,"x":true,"q":"1.5","V":"500","Q":"0.75","B":"0"}})",
        R"({"result":null,"id":3})",
        R"({"error":{"code":2,"msg":"Invalid request"},"id":4})",
        R"({"e":"serverShutdown","E":1700000000700})",
        R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"T":1700000000190,"s":"BTCUSDT","ps":"BTCUSD","U":157,"u":160,"pu":149,"b":[["61000.0","0"]],"a":[],"st":1}})",
        R"({"e":"bookTicker","u":400900217,"s":"BTCUSDT","b":"25.35","B":"31","a":"25.36","A":"40","T":1700000000310,"E":1700000000313})",
        R"({"e":"trade","E":1700000000123,"T":1700000000121,"s":"BTCUSDT","t":4201,"p":"61000.5","q":"4","X":"MARKET","m":true})",
        R"({"e":"markPriceUpdate","E":1700000001000,"s":"BTCUSDT","p":"61000.15","P":"61001.5","i":"60990.1","r":"0.00038167","T":1700006400000,"st":1})",
        R"({"e":"forceOrder","E":1700000000993,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"14","p":"9910","ap":"9912.5","X":"FILLED","l":"15","z":"14","T":1700000000987}})",
    };
    return WithStreamSeeds(std::move(seeds), "binance", "BTCUSDT");
}

void Try(std::string_view input) {
    static const collector::SymbolTable symbols = Symbols();
    static Market markets[] = {
        Market(symbols, model::Market::kSpot),
        Market(symbols, model::Market::kLinear),
        Market(symbols, model::Market::kInverse),
    };
    // Parsers are big: each input is read by one of them.
    markets[Fnv1a(input) % std::size(markets)].Try(input);
}

}  // namespace mp::fuzz
