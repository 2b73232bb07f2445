#include "exchange-sim/capture.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

TEST(Capture, KeepsTheRawTextByteForByte) {
    const auto line = ParseCaptureLine(
        R"({"exchange":"binance","market":"spot","channel":"trade","data_type":"trade",)"
        R"("transport":"ws","recv_ts_ns":1700000000000000001,"url_or_stream":null,)"
        R"("direction":"in","raw":"{\"p\": \"1.10\",\n \"q\":\"2\"}"})"
    );
    ASSERT_TRUE(line.ok()) << line.status();
    EXPECT_EQ(line->raw, "{\"p\": \"1.10\",\n \"q\":\"2\"}");
    EXPECT_EQ(line->recv_ns, 1'700'000'000'000'000'001);
    EXPECT_EQ(line->url_or_stream, "");
}

TEST(Capture, AcceptsAnUnknownReceiveTime) {
    const auto line = ParseCaptureLine(R"({"recv_ts_ns":null,"raw":"{}"})");
    ASSERT_TRUE(line.ok());
    EXPECT_EQ(line->recv_ns, 0);
}

TEST(Capture, RefusesLinesWithoutRawText) {
    EXPECT_FALSE(ParseCaptureLine("{\"exchange\":\"binance\"}").ok());
    EXPECT_FALSE(ParseCaptureLine("not JSON").ok());
    EXPECT_FALSE(CaptureFiles("/nonexistent/capture.jsonl").ok());
}

}  // namespace
}  // namespace mp::sim
