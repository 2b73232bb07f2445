// What venues tell of the past, by REST: trades, bars, rates. The first byte chooses whose and
// what; what is read of trades is walked as a gap, which claims nothing twice and nothing outside.
#include "collector/repair/trade_walk.hpp"
#include "collector/venues/binance/history.hpp"
#include "collector/venues/bybit/history.hpp"
#include "collector/venues/deribit/history.hpp"
#include "collector/venues/okx/history.hpp"
#include "fuzz.hpp"

namespace mp::fuzz {
namespace {

using collector::History;
using model::DataType;

constexpr Nanos kFrom = 1'499'865'549'590 * kMillisecond;
const model::Instrument kInstrument{"venue", model::Market::kLinear, "BTC-USDT-PERP", "BTCUSDT"};

collector::VenueConfig ConfigOf(model::Market market, const char* channel) {
    collector::VenueConfig config;
    config.exchange = "venue";
    config.market = market;
    config.trade_channel = channel;
    return config;
}

const History& HistoryOf(unsigned char choice) {
    static const collector::VenueConfig spot = ConfigOf(model::Market::kSpot, "trade");
    static const collector::VenueConfig whole = ConfigOf(model::Market::kInverse, "aggTrade");
    static const collector::VenueConfig swap = ConfigOf(model::Market::kLinear, "trade");
    static const auto singles = collector::binance::MakeHistory("/api/v3", spot);
    static const auto aggregates = collector::binance::MakeHistory("/dapi/v1", whole);
    static const auto okx = collector::okx::MakeHistory(swap);
    static const auto deribit = collector::deribit::MakeHistory(whole);
    static const auto bybit = collector::bybit::MakeHistory(swap);
    const History* const all[] = {
        singles.get(), aggregates.get(), okx.get(), deribit.get(), bybit.get()};
    return *all[choice % 5];
}

void Walk(const std::vector<collector::PastTrade>& page) {
    const model::Interval gap{kFrom, kFrom + 10 * kSecond};
    const uint64_t first = page.empty() ? 1 : page.front().number;
    collector::TradeWalk walk(gap, {first});
    std::vector<model::Event> events;
    collector::Findings findings;
    walk.Take(page, true, gap.to + 3600 * kSecond, events, findings);
    Require(events.size() <= page.size(), "no more events than trades");
    Nanos decided = gap.from;
    for (const collector::Finding& finding : findings) {
        Require(finding.from == decided && finding.to > finding.from, "findings follow each other");
        decided = finding.to;
    }
    Require(decided <= gap.to, "nothing outside the gap");
}

void TryNewest(
    const collector::RecentTrades& trades, std::string_view text, const collector::Asked& asked
) {
    const auto newest = trades.ParseNewest(text, asked);
    if (!newest.ok()) return;
    for (const model::Event& event : newest->events) {
        Require(event.order_ts <= newest->whole.to, "nothing is told from beyond the end");
    }
}

}  // namespace

std::vector<std::string> Seeds() {
    return {
        std::string("\0\0", 2) +
            R"([{"id":28457,"price":"4.00000100","qty":"12.0","time":1499865549580,"isBuyerMaker":true},{"id":28458,"price":"4","qty":"1","time":1499865549595,"isBuyerMaker":false}])",
        std::string("\1\0", 2) +
            R"([{"a":26129,"p":"0.01633102","q":"4.7","f":27781,"l":27782,"T":1499865549590,"m":true,"M":true}])",
        std::string("\2\0", 2) +
            R"({"code":"0","msg":"","data":[{"instId":"X","side":"sell","sz":"3","px":"29963.2","tradeId":"243","ts":"1499865549591"}]})",
        std::string("\3\0", 2) +
            R"({"result":{"trades":[{"trade_seq":3,"trade_id":"48","timestamp":1499865549593,"price":8950.0,"direction":"sell","amount":10.0,"liquidation":"M"}],"has_more":true}})",
        std::string("\0\1", 2) +
            R"([[1499040000000,"0.01634790","0.80","0.015","0.0157","148976",1499644799999,"2434.19",308,"1756.8","28.4","0"]])",
        std::string("\1\2", 2) +
            R"([{"symbol":"BTCUSD_PERP","fundingTime":1596038400003,"fundingRate":"-0.003","markPrice":"1"}])",
        std::string("\1\3", 2) +
            R"({"symbol":"BTCUSD_PERP","openInterest":"15004","time":1591261042378})",
        std::string("\2\1", 2) +
            R"({"code":"0","msg":"","data":[["0","1","3","0.5","2","7","0.07","120","1"]]})",
        std::string("\4\0", 2) +
            R"({"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[{"execId":"2100000000007764263","symbol":"BTCUSDT","price":"16618.49","size":"0.00012","side":"Buy","time":"1672052955758","isBlockTrade":false,"seq":"123"}]},"time":1672053054358})",
        std::string("\4\1", 2) +
            R"({"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSDT","category":"linear","list":[["1670608800000","17071","17073","17027","17055.5","268611","15.74462667"]]},"time":1672025956592})",
        std::string("\4\2", 2) +
            R"({"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[{"symbol":"BTCUSDT","fundingRate":"0.0001","fundingRateTimestamp":"1672041600000"}]},"time":1672051897447})",
        std::string("\3\1", 2) +
            R"({"result":{"volume":[19.0],"ticks":[1554373800000],"status":"ok","open":[4963.4],"low":[4728.9],"high":[5185.4],"cost":[19000],"close":[5052.9]}})",
        std::string("\2\2", 2) +
            R"({"code":"0","msg":"","data":[{"fundingRate":"0.1","realizedRate":"0.2","fundingTime":"1703059200000"}]})",
    };
}

void Try(std::string_view bytes) {
    Input input(bytes);
    const History& history = HistoryOf(input.Byte());
    const unsigned char what = input.Byte() % 4;
    std::string body(input.rest());
    body.append(16, '\0');
    const std::string_view text = std::string_view(body).substr(0, body.size() - 16);
    const collector::InstrumentFacts facts;
    const collector::Asked asked{kInstrument, facts, 1};
    if (what == 0) {
        if (history.trades() == nullptr) return TryNewest(*history.recent_trades(), text, asked);
        (void)history.trades()->ParseLocated(text);
        const auto page = history.trades()->ParsePage(text, asked);
        if (page.ok()) Walk(*page);
        return;
    }
    constexpr DataType kTypes[] = {
        DataType::kKline, DataType::kFundingRate, DataType::kOpenInterest};
    const DataType type = kTypes[what - 1];
    auto calls = history.RangeCalls(kInstrument, type, {kFrom, kFrom + kSecond});
    if (calls.empty()) calls = history.PollCalls(kInstrument, type);
    if (!calls.empty()) (void)history.ParseRows(type, calls.front(), text, asked);
}

}  // namespace mp::fuzz
