#include "mpctl/metrics/histogram.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>
#include <vector>

namespace mp::mpctl {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::vector<double> kBounds = {1, 2, 4, 8, 16, 32, 64};

Histogram Of(const std::vector<double>& values) {
    Histogram histogram;
    for (const double bound : kBounds) {
        const auto count = std::count_if(values.begin(), values.end(), [&](double value) {
            return value <= bound;
        });
        histogram.AddBucket(bound, static_cast<double>(count));
    }
    histogram.AddBucket(kInfinity, static_cast<double>(values.size()));
    return histogram;
}

TEST(Histogram, HasNoQuantileWithoutValues) {
    EXPECT_EQ(Histogram().Quantile(0.5), std::nullopt);
    EXPECT_EQ(Of({}).Quantile(0.5), std::nullopt);
}

TEST(Histogram, DividesABucketInProportion) {
    // Ten values between 2 and 4: the fifth lies in the middle.
    EXPECT_DOUBLE_EQ(*Of(std::vector<double>(10, 3)).Quantile(0.5), 3);
    EXPECT_DOUBLE_EQ(*Of({3, 3, 3, 10}).Quantile(0.75), 4);
}

TEST(Histogram, EndsAtTheLastFiniteBound) {
    EXPECT_EQ(Of({1000}).Quantile(0.99), 64);
}

TEST(Histogram, GivesWhatCameInBetween) {
    const Histogram older = Of({1, 1, 1, 1});
    const Histogram newer = Of({1, 1, 1, 1, 30});
    EXPECT_EQ(newer.Since(older).count(), 1);
    EXPECT_GT(*newer.Since(older).Quantile(0.5), 16);
    EXPECT_LT(*newer.Quantile(0.5), 2);
}

TEST(Histogram, CountsFromNothingWhenTheProcessBeganAnew) {
    const Histogram older = Of({1, 1, 1, 1});
    const Histogram newer = Of({30});
    EXPECT_EQ(newer.Since(older).count(), 1);
}

TEST(Histogram, IsReadFromBuckets) {
    const Samples samples = Samples::Parse(
        "s_bucket{type=\"a\",le=\"0.5\"} 1\ns_bucket{type=\"a\",le=\"+Inf\"} 2\n"
        "s_bucket{type=\"b\",le=\"+Inf\"} 7\ns_sum{type=\"a\"} 3\ns_count{type=\"a\"} 2\n"
    );
    const auto histograms = HistogramsOf(samples, "s");
    ASSERT_EQ(histograms.size(), 2u);
    EXPECT_EQ(histograms.at({{"type", "a"}}).count(), 2);
    EXPECT_EQ(histograms.at({{"type", "b"}}).count(), 7);
}

// The true quantile lies in the bucket that the estimate names.
RC_GTEST_PROP(Histogram, EstimatesTheQuantileWithinItsBucket, ()) {
    const auto raw =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 64)));
    std::vector<double> values(raw.begin(), raw.end());
    const double q = *rc::gen::inRange(1, 100) / 100.0;
    const double estimate = Of(values).Quantile(q).value();
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<size_t>(std::max(1.0, std::ceil(q * values.size() - 1e-9)));
    const double exact = values[rank - 1];
    const double upper = *std::lower_bound(kBounds.begin(), kBounds.end(), exact);
    RC_ASSERT(estimate <= upper);
    RC_ASSERT(estimate > (upper == 1 ? 0 : upper / 2) - 1e-9);
}

RC_GTEST_PROP(Histogram, OfTwoProcessesIsTheSumOfBoth, ()) {
    const auto gen = rc::gen::container<std::vector<double>>(
        rc::gen::map(rc::gen::inRange(1, 64), [](int value) { return double(value); })
    );
    const std::vector<double> first = *gen;
    const std::vector<double> second = *gen;
    std::vector<double> both = first;
    both.insert(both.end(), second.begin(), second.end());
    Histogram merged = Of(first);
    merged.Merge(Of(second));
    for (const double q : {0.1, 0.5, 0.99}) RC_ASSERT(merged.Quantile(q) == Of(both).Quantile(q));
}

}  // namespace
}  // namespace mp::mpctl
