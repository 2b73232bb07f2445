// One core: a book of 400 levels a side takes a delta and agrees with the venue's checksum of its
// best 25, as OKX computes it. Deltas as they come: three changes, most of them near the best
// price.

#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "bench/figures.hpp"
#include "collector/venues/okx/checksum.hpp"
#include "model/order_book.hpp"

namespace {

using namespace mp;

constexpr int kLevels = 400;
constexpr size_t kDeltas = 200'000;
constexpr double kTargetNanos = 1000;

struct Delta {
    std::vector<model::Level> bids, asks;
};

Decimal Quantity(std::mt19937_64& random) {
    return Decimal::Make(static_cast<int64_t>(random() % 1'000'000), 4);
}

// Bids are the ticks below 0, asks those above.
model::Level Change(int64_t tick, std::mt19937_64& random) {
    const Decimal price = Decimal::Make(610'000 + tick, 1);
    return {price, random() % 4 == 0 ? Decimal() : Quantity(random)};
}

std::vector<Delta> Deltas(std::mt19937_64& random) {
    std::geometric_distribution<int64_t> depth(0.05);
    std::vector<Delta> deltas(kDeltas);
    for (Delta& delta : deltas) {
        for (int i = 0; i < 3; ++i) {
            const int64_t at = std::min<int64_t>(depth(random), kLevels - 1) + 1;
            const bool bid = random() % 2 == 0;
            (bid ? delta.bids : delta.asks).push_back(Change(bid ? -at : at, random));
        }
    }
    return deltas;
}

model::OrderBook FullBook(std::mt19937_64& random) {
    std::vector<model::Level> bids, asks;
    for (int64_t at = 1; at <= kLevels; ++at) {
        bids.push_back({Decimal::Make(610'000 - at, 1), Quantity(random)});
        asks.push_back({Decimal::Make(610'000 + at, 1), Quantity(random)});
    }
    model::OrderBook book;
    book.Reset(bids, asks);
    return book;
}

}  // namespace

int main() {
    std::mt19937_64 random(7);
    model::OrderBook book = FullBook(random);
    collector::okx::InterleavedChecksum checksum;
    const std::vector<Delta> deltas = Deltas(random);
    std::vector<double> nanos;
    nanos.reserve(deltas.size());
    uint64_t sum = 0;
    for (const Delta& delta : deltas) {
        const auto began = bench::Clock::now();
        book.Apply(delta.bids, delta.asks);
        sum += checksum.Of(book);
        nanos.push_back(bench::SecondsSince(began) * 1e9);
    }
    const double median = bench::Quantile(nanos, 0.5);
    const double high = bench::Quantile(nanos, 0.99);
    const bool met = median < kTargetNanos && sum != 0;
    std::printf(
        "delta into a book of %d levels a side, with checksum: median %.0f ns, 99 %% %.0f ns  "
        "target < %.0f  %s\n",
        kLevels,
        median,
        high,
        kTargetNanos,
        met ? "PASS" : "MISS"
    );
    return met ? 0 : 1;
}
