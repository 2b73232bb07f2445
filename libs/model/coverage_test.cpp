#include "model/coverage.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>

namespace mp::model {
namespace {

using Intervals = std::vector<Interval>;

Intervals Of(const IntervalSet& set) {
    return {set.intervals().begin(), set.intervals().end()};
}

TEST(IntervalSet, JoinsWhatOverlapsOrTouches) {
    IntervalSet set;
    set.Add({10, 20});
    set.Add({30, 40});
    set.Add({20, 25});
    EXPECT_EQ(Of(set), (Intervals{{10, 25}, {30, 40}}));
    set.Add({24, 30});
    EXPECT_EQ(Of(set), (Intervals{{10, 40}}));
    set.Add({50, 50});
    EXPECT_EQ(set.intervals().size(), 1u);
}

TEST(IntervalSet, ListsItsGaps) {
    IntervalSet set;
    set.Add({10, 20});
    set.Add({30, 40});
    EXPECT_EQ(set.Gaps({0, 50}), (Intervals{{0, 10}, {20, 30}, {40, 50}}));
    EXPECT_EQ(set.Gaps({12, 18}), Intervals{});
    EXPECT_EQ(set.Gaps({20, 30}), (Intervals{{20, 30}}));
    EXPECT_TRUE(set.Covers({10, 20}));
    EXPECT_FALSE(set.Covers({10, 21}));
    EXPECT_TRUE(set.Covers({25, 25}));
}

Interval AnyInterval() {
    const Nanos from = *rc::gen::inRange(0, 60);
    return {from, from + *rc::gen::inRange(0, 15)};
}

std::set<Nanos> Points(const Intervals& intervals) {
    std::set<Nanos> points;
    for (const Interval& i : intervals) {
        for (Nanos t = i.from; t < i.to; ++t) points.insert(t);
    }
    return points;
}

RC_GTEST_PROP(IntervalSet, IsTheSameAsASetOfPoints, ()) {
    IntervalSet set;
    std::set<Nanos> points;
    for (int n = *rc::gen::inRange(0, 20); n > 0; --n) {
        const Interval interval = AnyInterval();
        const bool add = *rc::gen::inRange(0, 3) != 0;
        add ? set.Add(interval) : set.Subtract(interval);
        for (Nanos t = interval.from; t < interval.to; ++t) {
            if (add)
                points.insert(t);
            else
                points.erase(t);
        }
    }
    RC_ASSERT(Points(Of(set)) == points);
    for (size_t i = 1; i < set.intervals().size(); ++i) {
        RC_ASSERT(set.intervals()[i - 1].to < set.intervals()[i].from);
    }
    const Interval range = AnyInterval();
    auto within = Points(set.Within(range));
    const auto gaps = Points(set.Gaps(range));
    RC_ASSERT(set.Covers(range) == gaps.empty());
    for (Nanos t = range.from; t < range.to; ++t) {
        RC_ASSERT(within.contains(t) == points.contains(t));
        RC_ASSERT(gaps.contains(t) != points.contains(t));
        RC_ASSERT(set.Contains(t) == points.contains(t));
    }
    within.insert(gaps.begin(), gaps.end());
    RC_ASSERT(within == Points({range}));
}

Coverage Claim(
    Nanos from, Nanos to, CoverageState state, CoverageBasis basis = CoverageBasis::kSequence
) {
    Coverage claim;
    claim.data_type = DataType::kTrade;
    claim.from_ts = from;
    claim.to_ts = to;
    claim.state = state;
    claim.basis = basis;
    claim.detected_ts = to;
    return claim;
}

Coverage Record(
    Nanos from, Nanos to, std::string_view reason, std::optional<uint64_t> missing = {}
) {
    Coverage record = Claim(from, to, CoverageState::kOpen);
    record.reason = reason;
    record.missing = missing;
    return record;
}

TEST(Coverage, WhatNobodyClaimsIsAGap) {
    CoverageSet set;
    EXPECT_EQ(
        set.Gaps({0, 10}), (std::vector<Gap>{{{0, 10}, CoverageState::kOpen, "collector_lost", {}}})
    );
    EXPECT_TRUE(set.Gaps({5, 5}).empty());
    set.Add(Claim(0, 10, CoverageState::kComplete));
    set.Add(Claim(10, 20, CoverageState::kComplete));
    EXPECT_TRUE(set.Complete({0, 20}));
    EXPECT_TRUE(set.Gaps({0, 20}).empty());
}

TEST(Coverage, AGapTellsItsReason) {
    CoverageSet set;
    set.Add(Claim(0, 10, CoverageState::kComplete));
    set.Add(Record(10, 20, "disconnected", 7));
    set.Add(Claim(30, 40, CoverageState::kComplete));
    EXPECT_EQ(
        set.Gaps({0, 40}),
        (std::vector<Gap>{
            {{10, 20}, CoverageState::kOpen, "disconnected", 7},
            {{20, 30}, CoverageState::kOpen, "collector_lost", {}}})
    );
    EXPECT_EQ(
        set.Gaps({15, 20}), (std::vector<Gap>{{{15, 20}, CoverageState::kOpen, "disconnected", {}}})
    ) << "how many are missing in a part nobody knows";
}

TEST(Coverage, ARepairClosesAGapAndTheLatestRecordTellsAboutTheRest) {
    CoverageSet set;
    set.Add(Record(10, 20, "sequence_gap", 7));
    set.Add(Claim(10, 15, CoverageState::kRepaired));
    Coverage given_up = Claim(15, 20, CoverageState::kUnrepairable);
    given_up.reason = "too_old";
    given_up.missing = 3;
    given_up.detected_ts = 100;
    set.Add(given_up);
    EXPECT_EQ(
        set.Gaps({10, 20}),
        (std::vector<Gap>{{{15, 20}, CoverageState::kUnrepairable, "too_old", 3}})
    );
}

TEST(Coverage, TouchingGapsOfOneReasonAreOne) {
    CoverageSet set;
    set.Add(Record(0, 10, "silence", 2));
    set.Add(Record(10, 20, "silence", 3));
    EXPECT_EQ(set.Gaps({0, 20}), (std::vector<Gap>{{{0, 20}, CoverageState::kOpen, "silence", 5}}));
}

TEST(Coverage, MergesClaimsThatSayTheSame) {
    CoverageSet set;
    Coverage first = Claim(0, 10, CoverageState::kComplete);
    first.from_id = 1;
    first.to_id = 5;
    first.source = "c1";
    Coverage second = Claim(10, 20, CoverageState::kComplete);
    second.from_id = 6;
    second.to_id = 9;
    second.source = "c1";
    set.Add(second);
    set.Add(first);
    set.Add(Claim(15, 30, CoverageState::kComplete, CoverageBasis::kConnection));
    const auto spans = set.Merged({0, 100});
    ASSERT_EQ(spans.size(), 2u);
    EXPECT_EQ(spans[0].interval, (Interval{0, 20}));
    EXPECT_EQ(spans[0].from_id, 1u);
    EXPECT_EQ(spans[0].to_id, 9u);
    EXPECT_EQ(spans[0].source, "c1");
    EXPECT_EQ(spans[0].detected_ts, 20);
    EXPECT_EQ(spans[1].interval, (Interval{20, 30}))
        << "proof by sequence counts before a connection";
    EXPECT_EQ(spans[1].basis, CoverageBasis::kConnection);
}

TEST(Coverage, ProofOfAGapOutweighsAConnectionInEitherOrder) {
    const Coverage connection = Claim(0, 100, CoverageState::kComplete, CoverageBasis::kConnection);
    const Coverage gap = Claim(40, 60, CoverageState::kOpen, CoverageBasis::kSequence);
    for (const bool gap_first : {true, false}) {
        CoverageSet set;
        set.Add(gap_first ? gap : connection);
        set.Add(gap_first ? connection : gap);
        EXPECT_FALSE(set.Complete({0, 100}));
        ASSERT_EQ(set.Gaps({0, 100}).size(), 1u);
        EXPECT_EQ(set.Gaps({0, 100})[0].interval, (Interval{40, 60}));
        set.Add(Claim(50, 100, CoverageState::kComplete, CoverageBasis::kSequence));
        EXPECT_EQ(set.Gaps({0, 100})[0].interval, (Interval{40, 50}));
        set.Add(Claim(40, 50, CoverageState::kRepaired, CoverageBasis::kConnection));
        EXPECT_TRUE(set.Complete({0, 100}));
    }
}

RC_GTEST_PROP(Coverage, GapsAreWhatNoCompleteClaimCovers, ()) {
    CoverageSet set;
    std::set<Nanos> proven, assumed, denied, claimed;
    for (int n = *rc::gen::inRange(0, 15); n > 0; --n) {
        const Interval interval = AnyInterval();
        const auto state = static_cast<CoverageState>(*rc::gen::inRange(1, 5));
        const auto basis = static_cast<CoverageBasis>(*rc::gen::inRange(1, 3));
        set.Add(Claim(interval.from, interval.to, state, basis));
        for (Nanos t = interval.from; t < interval.to; ++t) {
            claimed.insert(t);
            const bool sequence = basis == CoverageBasis::kSequence;
            if (state == CoverageState::kRepaired ||
                (state == CoverageState::kComplete && sequence)) {
                proven.insert(t);
            } else if (state == CoverageState::kComplete) {
                assumed.insert(t);
            } else if (sequence) {
                denied.insert(t);
            }
        }
    }
    std::set<Nanos> complete = proven;
    for (const Nanos t : assumed) {
        if (!denied.contains(t)) complete.insert(t);
    }
    const Interval range = AnyInterval();
    std::set<Nanos> missing;
    Nanos end = range.from;
    for (const Gap& gap : set.Gaps(range)) {
        RC_ASSERT(gap.interval.from >= end && !gap.interval.empty());
        end = gap.interval.to;
        for (Nanos t = gap.interval.from; t < gap.interval.to; ++t) {
            missing.insert(t);
            RC_ASSERT((gap.reason == kCollectorLost) == !claimed.contains(t));
        }
    }
    std::set<Nanos> listed;
    for (const CoverageSpan& span : set.Merged(range)) {
        for (Nanos t = span.interval.from; t < span.interval.to; ++t) {
            RC_ASSERT(listed.insert(t).second);
            const bool says_complete =
                span.state == CoverageState::kComplete || span.state == CoverageState::kRepaired;
            RC_ASSERT(says_complete == complete.contains(t));
        }
    }
    for (Nanos t = range.from; t < range.to; ++t) {
        RC_ASSERT(missing.contains(t) != complete.contains(t));
        RC_ASSERT(listed.contains(t) == claimed.contains(t));
    }
    RC_ASSERT(set.Complete(range) == missing.empty());
}

}  // namespace
}  // namespace mp::model
