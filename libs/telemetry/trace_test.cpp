#include "telemetry/trace.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace mp::telemetry {
namespace {

constexpr const char* kExample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, SurvivesARoundTrip) {
    const auto context = TraceContext::Parse(kExample);
    ASSERT_TRUE(context.has_value());
    EXPECT_EQ(context->ToTraceParent(), kExample);
    EXPECT_EQ(context->trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(context->span_id(), "00f067aa0ba902b7");
    EXPECT_TRUE(context->sampled());
}

TEST(TraceContext, RefusesWhatIsMalformed) {
    const std::string good = kExample;
    const std::vector<std::string> all_bad{
        std::string(),
        good.substr(1),
        good + "x",
        good + "-x",
        "ff" + good.substr(2),
        "0G" + good.substr(2),
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        std::string("cc") + good.substr(2) + "x",
    };
    for (const std::string& bad : all_bad) {
        EXPECT_FALSE(TraceContext::Parse(bad).has_value()) << bad;
    }
}

TEST(TraceContext, ReadsLaterVersions) {
    const auto context =
        TraceContext::Parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more");
    ASSERT_TRUE(context.has_value());
    EXPECT_FALSE(context->sampled());
    EXPECT_EQ(context->ToTraceParent().substr(0, 3), "00-");
}

TEST(TraceContext, ContinuesTheCallersTraceOrStartsOne) {
    const TraceContext continued = TraceContext::Continue(kExample);
    EXPECT_EQ(continued.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_NE(continued.span_id(), "00f067aa0ba902b7");
    const TraceContext fresh = TraceContext::Continue("nonsense");
    EXPECT_NE(fresh.trace_id(), TraceContext::Continue("").trace_id());
    EXPECT_TRUE(TraceContext::Parse(fresh.ToTraceParent()).has_value());
}

}  // namespace
}  // namespace mp::telemetry
