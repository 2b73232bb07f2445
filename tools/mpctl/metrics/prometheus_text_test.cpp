#include "mpctl/metrics/prometheus_text.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace mp::mpctl {
namespace {

TEST(PrometheusText, ReadsValuesByNameAndLabels) {
    const Samples samples = Samples::Parse(
        "# HELP marketprism_messages_total Messages.\n"
        "# TYPE marketprism_messages_total counter\n"
        "marketprism_messages_total{exchange=\"binance\",status=\"ok\"} 12\n"
        "marketprism_messages_total{exchange=\"okx\",status=\"ok\"} 1e3 1718000000000\n"
        "process_resident_memory_bytes 5.5e+07\r\n"
    );
    EXPECT_EQ(samples.Of("marketprism_messages_total").size(), 2u);
    EXPECT_EQ(
        samples.Of("marketprism_messages_total").at({{"exchange", "okx"}, {"status", "ok"}}), 1000
    );
    EXPECT_EQ(samples.Sum("marketprism_messages_total"), 1012);
    EXPECT_EQ(samples.Sum("process_resident_memory_bytes"), 5.5e7);
    EXPECT_EQ(samples.Sum("absent"), std::nullopt);
}

TEST(PrometheusText, UnescapesLabels) {
    const Samples samples = Samples::Parse(R"(m{a="x\"y\\z\n",b="{,}"} 1)");
    const Labels expected = {{"a", "x\"y\\z\n"}, {"b", "{,}"}};
    ASSERT_EQ(samples.Of("m").size(), 1u);
    EXPECT_EQ(samples.Of("m").begin()->first, expected);
}

TEST(PrometheusText, LeavesOutWhatItCannotRead) {
    const Samples samples = Samples::Parse(
        "good 1\nbad\nbad one\nbad{x=\"1\" 2\nbad{x=1} 2\nbad{x=\"1\n{\nalso_good{x=\"1\"} NaNs\n"
        "infinite +Inf\nlast 2"
    );
    EXPECT_EQ(samples.Sum("good"), 1);
    EXPECT_EQ(samples.Sum("last"), 2);
    EXPECT_TRUE(std::isinf(samples.SumOr("infinite", 0)));
    EXPECT_EQ(samples.Sum("bad"), std::nullopt);
    EXPECT_EQ(samples.Sum("also_good"), std::nullopt);
}

}  // namespace
}  // namespace mp::mpctl
