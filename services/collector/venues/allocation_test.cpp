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

class Normaliser final : public FrameSink {
  public:
    Normaliser() : parser_(binance::MakeSpotParser(symbols_)) { symbols_.Set("BTCUSDT", 0); }

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

TEST(Normalising, AllocatesNothingInSteadyState) {
    std::string depth =
        R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT","U":157,"u":160,"b":[)";
    for (int i = 0; i < 50; ++i) depth += R"(["61000.00000000","0.10000000"],)";
    depth += R"(["60999.50000000","1.50000000"]],"a":[["61001.00000000","0.00000000"]]}})";
    const std::vector<std::string> frames = {
        R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000123,"s":"BTCUSDT","t":4201,"p":"61000.50000000","q":"0.01500000","T":1700000000121,"m":true,"M":true}})",
        R"({"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}})",
        depth,
        R"({"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1700000000700,"s":"BTCUSDT","k":{"t":1700000000000,"T":1700000059999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"1","c":"2","h":"3","l":"0.5","v":"1000","n":101,"x":true,"q":"1.5","V":"500","Q":"0.75","B":"123"}}})",
        R"({"e":"24hrTicker","E":1700000000500,"s":"BTCUSDT","p":"-5","c":"61000.1","o":"61005.1","h":"62000","l":"60000","v":"1234.5","q":"75000000"})",
        R"( {"e":"aggTrade","E":1700000000123,"s":"BTCUSDT","a":26,"p":"1.0","q":"2","f":100,"l":105,"T":1700000000121,"m":false,"M":true})",
    };
    Normaliser normaliser;
    for (int i = 0; i < 20; ++i) normaliser.Run(frames);
    const uint64_t before = allocations.load();
    for (int i = 0; i < 1000; ++i) normaliser.Run(frames);
    EXPECT_EQ(allocations.load() - before, 0u);
    EXPECT_EQ(normaliser.events(), 1020 * frames.size());
}

}  // namespace
}  // namespace mp::collector
