// Normalising must not touch the heap once its buffers have grown: raw text -> encoded batch bytes.
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>
#include <string>
#include <vector>

#include "collector/venues/binance/parse.hpp"
#include "collector/venues/bybit/parse.hpp"
#include "collector/venues/deribit/parse.hpp"
#include "collector/venues/okx/parse.hpp"
#include "wire/batch.hpp"

namespace {

std::atomic<uint64_t> allocations{0};

void* Allocate(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return std::malloc(size);
}

void* AllocateOrThrow(std::size_t size) {
    if (void* memory = Allocate(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

// Inlined, g++ takes malloc and free for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
    return AllocateOrThrow(size);
}
[[gnu::noinline]] void* operator new[](std::size_t size) {
    return AllocateOrThrow(size);
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return Allocate(size);
}
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return Allocate(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace mp::collector {
namespace {

using Frames = std::vector<std::string>;
using MakeParser = std::unique_ptr<FrameParser> (*)(const SymbolTable&);

class Normaliser final : public FrameSink {
  public:
    Normaliser(MakeParser make, std::string_view symbol) : parser_(make(symbols_)) {
        symbols_.Set(symbol, 0);
    }

    void OnEvent(InstrumentId, const model::Event& event, const ChainLink*) override {
        builder_.Add(instrument_, event);
        ++events_;
    }
    void OnNotice(const Notice&) override {}

    void Run(const std::vector<std::string>& frames) {
        for (const std::string& frame : frames) {
            ASSERT_TRUE(parser_->Parse(frame, 1'700'000'000'000'000'000, *this).ok()) << frame;
        }
        builder_.Finish(batch_);
    }

    uint64_t events() const { return events_; }

  private:
    SymbolTable symbols_;
    std::unique_ptr<FrameParser> parser_;
    const model::Instrument instrument_{"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
    wire::BatchBuilder builder_{"collector-1"};
    std::string batch_;
    uint64_t events_ = 0;
};

void ExpectNoAllocations(
    MakeParser make, std::string_view symbol, const Frames& frames, uint64_t events_a_round
) {
    Normaliser normaliser(make, symbol);
    for (int i = 0; i < 20; ++i) normaliser.Run(frames);
    const uint64_t before = allocations.load();
    for (int i = 0; i < 1000; ++i) normaliser.Run(frames);
    EXPECT_EQ(allocations.load() - before, 0u);
    EXPECT_EQ(normaliser.events(), 1020 * events_a_round);
}

TEST(Normalising, AllocatesNothingInSteadyState) {
    std::string depth =
        R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT","U":157,"u":160,"b":[)";
    for (int i = 0; i < 50; ++i) depth += R"(["61000.00000000","0.10000000"],)";
    depth += R"(["60999.50000000","1.50000000"]],"a":[["61001.00000000","0.00000000"]]}})";
    const Frames frames = {
        R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000123,"s":"BTCUSDT","t":4201,"p":"61000.50000000","q":"0.01500000","T":1700000000121,"m":true,"M":true}})",
        R"({"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}})",
        depth,
        R"({"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1700000000700,"s":"BTCUSDT","k":{"t":1700000000000,"T":1700000059999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"1","c":"2","h":"3","l":"0.5","v":"1000","n":101,"x":true,"q":"1.5","V":"500","Q":"0.75","B":"123"}}})",
        R"({"e":"24hrTicker","E":1700000000500,"s":"BTCUSDT","p":"-5","c":"61000.1","o":"61005.1","h":"62000","l":"60000","v":"1234.5","q":"75000000"})",
        R"( {"e":"aggTrade","E":1700000000123,"s":"BTCUSDT","a":26,"p":"1.0","q":"2","f":100,"l":105,"T":1700000000121,"m":false,"M":true})",
    };
    ExpectNoAllocations(binance::MakeSpotParser, "BTCUSDT", frames, frames.size());
}

TEST(Normalising, OfContractsAllocatesNothing) {
    const MakeParser make = [](const SymbolTable& symbols) {
        return binance::MakeContractParser(symbols, model::Market::kInverse);
    };
    const Frames frames = {
        R"({"stream":"btcusd_perp@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"T":1700000000190,"s":"BTCUSD_PERP","ps":"BTCUSD","U":157,"u":160,"pu":149,"b":[["61000.0","0"],["60999.9","7"]],"a":[["61001.0","12"]],"st":2}})",
        R"({"stream":"btcusd_perp@bookTicker","data":{"u":400900217,"e":"bookTicker","s":"BTCUSD_PERP","ps":"BTCUSD","b":"427.84","B":"24","a":"427.90","A":"669","T":1700000000310,"E":1700000000313}})",
        R"({"stream":"btcusd_perp@trade","data":{"e":"trade","E":1700000000123,"T":1700000000121,"s":"BTCUSD_PERP","t":4201,"p":"61000.5","q":"4","X":"MARKET","m":true}})",
        R"({"stream":"btcusd_perp@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000001000,"s":"BTCUSD_PERP","p":"61000.15","P":"61001.5","i":"60990.1","r":"0.00038167","T":1700006400000,"st":2}})",
        R"( {"stream":"btcusd_perp@forceOrder","data":{"e":"forceOrder","E":1700000000993,"o":{"s":"BTCUSD_PERP","ps":"BTCUSD","S":"SELL","o":"LIMIT","f":"IOC","q":"14","p":"9910","ap":"9912.5","X":"FILLED","l":"15","z":"14","T":1700000000987}}})",
    };
    ExpectNoAllocations(make, "BTCUSD_PERP", frames, frames.size() + 1);
}

TEST(Normalising, OfOkxAllocatesNothing) {
    std::string book =
        R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[)";
    for (int i = 0; i < 400; ++i) book += R"(["8476.98","415","0","13"],)";
    book +=
        R"(["8477","7","0","2"]],"bids":[],"ts":"1597026383085","checksum":-855196043,"prevSeqId":-1,"seqId":123456}]})";
    const Frames frames = {
        R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897","count":"3","seqId":1234}]})",
        book,
        R"({"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["8476.98","0","0","0"]],"bids":[["8476.97","256.5","0","12"]],"ts":"1597026383185","checksum":796530682,"prevSeqId":123456,"seqId":123457}]})",
        R"({"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383085","seqId":123456}]})",
        R"({"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"instType":"SPOT","instId":"BTC-USDT","last":"9999.99","open24h":"9000","high24h":"10000","low24h":"8888.88","volCcy24h":"2222","vol24h":"2222","ts":"1597026383085"}]})",
        R"({"arg":{"channel":"candle1H","instId":"BTC-USDT"},"data":[["1597026383085","8533.02","8553.74","8527.17","8548.26","45247","529.5858061","5529.5858061","0"]]})",
        R"({"arg":{"channel":"funding-rate","instId":"BTC-USDT"},"data":[{"fundingRate":"0.0001515","fundingTime":"1622822400000","nextFundingRate":"","ts":"1622822300000"}]})",
        R"({"arg":{"channel":"open-interest","instId":"BTC-USDT"},"data":[{"oi":"2216113.01","oiUsd":"1939251795.54769270396321","ts":"1743041250440"}]})",
        R"({"arg":{"channel":"mark-price","instId":"BTC-USDT"},"data":[{"markPx":"42310.6","ts":"1630049139746"}]})",
        R"({"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkPx":"0.007831","side":"buy","sz":"13","ts":"1692266434010"}],"instId":"BTC-USDT"}]})",
        R"({"id":"3","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"accb8e21"})",
    };
    ExpectNoAllocations(okx::MakeParser, "BTC-USDT", frames, frames.size() - 1);
}

TEST(Normalising, OfDeribitAllocatesNothing) {
    std::string book =
        R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"type":"snapshot","timestamp":1622626472678,"change_id":31479219781,"asks":[],"bids":[)";
    for (int i = 0; i < 400; ++i) book += R"(["new",37317.0,2960.0],)";
    book += R"(["new",37311.5,530.0]]}}})";
    const Frames frames = {
        R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"trades.BTC-PERPETUAL.100ms","data":[{"trade_seq":5326971,"trade_id":"137486952","timestamp":1616321287195,"price":56273.5,"direction":"buy","amount":6000.0,"liquidation":"M"}]}})",
        book,
        R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"type":"change","timestamp":1622626784890,"prev_change_id":31479339296,"change_id":31479339507,"bids":[["new",37392.5,3000.0]],"asks":[["delete",37848.5,0.0]]}}})",
        R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"quote.BTC-PERPETUAL","data":{"timestamp":1654012882984,"best_bid_price":32143.0,"best_bid_amount":179960.0,"best_ask_price":32143.5,"best_ask_amount":20.0}}})",
        R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"ticker.BTC-PERPETUAL.100ms","data":{"timestamp":1786563120494,"stats":{"high":64422,"low":63261,"volume":2778.68467406,"volume_usd":177187410},"index_price":63329.18,"last_price":63344,"open_interest":716004750,"mark_price":63346.33,"current_funding":2.081e-05}}})",
        R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"chart.trades.BTC-PERPETUAL.1","data":{"volume":0.00172302,"tick":1677628800000,"open":23215.0,"low":23215.0,"high":23215.0,"cost":40.0,"close":23215.0}}})",
        R"({"jsonrpc":"2.0","id":3,"result":["book.BTC-PERPETUAL.100ms"]})",
    };
    // A liquidation, and the four series of a ticker.
    ExpectNoAllocations(deribit::MakeParser, "BTC-PERPETUAL", frames, frames.size() - 1 + 1 + 3);
}

TEST(Normalising, OfBybitAllocatesNothing) {
    std::string book =
        R"({"topic":"orderbook.200.BTCUSDT","type":"snapshot","ts":1786310818129,"data":{"s":"BTCUSDT","a":[],"b":[)";
    for (int i = 0; i < 200; ++i) book += R"(["65114.20","6.054"],)";
    book += R"(["65110.20","6.054"]],"u":15076952,"seq":753843913869},"cts":1786310818027})";
    const Frames frames = {
        R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"seq":1783284617}]})",
        book,
        R"({"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1786310818130,"data":{"s":"BTCUSDT","b":[["65095.30","0.005"],["65093.10","0"]],"a":[["65116.60","0"]],"u":15076953,"seq":753843913870},"cts":1786310818129})",
        R"({"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":1749833474773,"data":{"s":"BTCUSDT","b":[["0.6131","17.9"]],"a":[["0.6134","35.4"]],"u":24042997,"seq":209972815373},"cts":1749833474768})",
        R"({"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":1749833474773,"data":{"s":"BTCUSDT","b":[["0.6131","17.9"]],"a":[["0.6134","35.4"]],"u":24042998,"seq":209972815373},"cts":1749833474768})",
        R"({"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","lastPrice":"17216.00","markPrice":"17217.33","indexPrice":"17227.36","openInterest":"68744.761","nextFundingTime":"1673280000000","fundingRate":"-0.000212"},"cs":24987956059,"ts":1673272861686})",
        R"({"topic":"kline.5.BTCUSDT","data":[{"start":1672324800000,"end":1672325099999,"interval":"5","open":"16649.5","close":"16677","high":"16677","low":"16608","volume":"2.081","turnover":"34666.4005","confirm":false,"timestamp":1672324988882}],"ts":1672324988882,"type":"snapshot"})",
        R"({"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"BTCUSDT","S":"Sell","v":"20000","p":"0.04499"}]})",
        R"({"success":true,"ret_msg":"","conn_id":"d8bu","req_id":"7","op":"subscribe"})",
    };
    // The four series of a ticker.
    ExpectNoAllocations(bybit::MakeParser, "BTCUSDT", frames, frames.size() - 1 + 3);
}

}  // namespace
}  // namespace mp::collector
