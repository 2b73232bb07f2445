// Normalising must not touch the heap once its buffers have grown: raw text -> encoded batch bytes.
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>
#include <string>
#include <vector>

#include "collector/venues/binance/parse.hpp"
#include "wire/batch.hpp"

namespace {

std::atomic<uint64_t> allocations{0};

void* Allocate(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
    return Allocate(size);
}
void* operator new[](std::size_t size) {
    return Allocate(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
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

}  // namespace
}  // namespace mp::collector
