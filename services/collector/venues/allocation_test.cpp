// Normalising must not touch the heap once its buffers have grown: raw text -> encoded batch bytes,
// for every stream of every venue.
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>
#include <string>
#include <vector>

#include "collector/venues/test/stream_samples.hpp"
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

class Normaliser final : public FrameSink {
  public:
    explicit Normaliser(const testing::StreamSamples& samples) {
        symbols_.Set(samples.symbol, 0, samples.facts());
        parser_ = samples.venue()->MakeParser(symbols_);
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

TEST(Normalising, AllocatesNothingInSteadyState) {
    for (const testing::StreamSamples& samples : testing::AllStreamSamples()) {
        Normaliser normaliser(samples);
        for (int i = 0; i < 20; ++i) normaliser.Run(samples.frames);
        const uint64_t events = normaliser.events();
        const uint64_t before = allocations.load();
        for (int i = 0; i < 1000; ++i) normaliser.Run(samples.frames);
        EXPECT_EQ(allocations.load() - before, 0u) << samples.name();
        EXPECT_EQ(normaliser.events(), 51 * events) << samples.name();
        EXPECT_GT(events, 20 * 5u) << samples.name();
    }
}

}  // namespace
}  // namespace mp::collector
