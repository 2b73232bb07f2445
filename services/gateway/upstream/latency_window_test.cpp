#include "gateway/upstream/latency_window.hpp"

#include <gtest/gtest.h>

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;

TEST(LatencyWindow, SaysNothingUntilItHasSeenEnough) {
    LatencyWindow window;
    for (int i = 0; i < 19; ++i) window.Add(10ms);
    EXPECT_EQ(window.p95(), 0ms);
    window.Add(10ms);
    EXPECT_EQ(window.p95(), 10ms);
}

TEST(LatencyWindow, StandsAboveNineteenOfTwentyCalls) {
    LatencyWindow window;
    for (int i = 1; i <= 256; ++i) window.Add(std::chrono::milliseconds(i));
    EXPECT_GE(window.p95(), 240ms);
    EXPECT_LE(window.p95(), 248ms);
}

TEST(LatencyWindow, ForgetsWhatWasLongAgo) {
    LatencyWindow window;
    for (int i = 0; i < 256; ++i) window.Add(1s);
    for (int i = 0; i < 256; ++i) window.Add(1ms);
    EXPECT_EQ(window.p95(), 1ms);
}

}  // namespace
}  // namespace mp::gateway
