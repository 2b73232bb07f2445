#include "collector/coverage/series_tracker.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace mp::collector {
namespace {

constexpr Nanos kSettle = 10;

// Findings as text: "seq 5-9" "conn 5-9" are claims, "gap 5-9 reason missing=2" a gap.
std::string Text(const Findings& findings) {
    std::string text;
    for (const Finding& f : findings) {
        if (!text.empty()) text += " | ";
        if (f.state == model::CoverageState::kOpen) {
            text += fmt::format("gap {}-{} {}", f.from, f.to, f.reason);
            if (f.missing) text += fmt::format(" missing={}", *f.missing);
        } else {
            const bool sequence = f.basis == model::CoverageBasis::kSequence;
            text += fmt::format("{} {}-{}", sequence ? "seq" : "conn", f.from, f.to);
        }
    }
    return text;
}

class Trades {
  public:
    void Event(Nanos order_ts, uint64_t id, Nanos steady) {
        const ChainLink link{id, id, std::nullopt};
        tracker.OnEvent(order_ts, &link, steady);
    }
    std::string Collect(Nanos steady, Nanos seen = 0, Nanos seen_at = 0) {
        Findings out;
        tracker.Collect({seen, seen_at, 0}, steady, out);
        return Text(out);
    }
    SeriesTracker tracker{{.chained = true, .settle = kSettle}};
};

// Of a stream that flows since long before its first event.
struct LongAwaitedTrades : Trades {
    LongAwaitedTrades() { tracker.Start(0, -kSettle); }
};

TEST(SequenceCoverage, HoldsTheNewestInstantBackUntilItHasSettled) {
    LongAwaitedTrades trades;
    trades.tracker.Start(0, 0);
    trades.Event(100, 1, 1);
    trades.Event(120, 2, 2);
    EXPECT_EQ(trades.Collect(3), "seq 100-120");
    EXPECT_EQ(trades.Collect(11), "");
    EXPECT_EQ(trades.Collect(12), "seq 120-121");
    trades.Event(120, 3, 13);
    trades.Event(150, 4, 14);
    EXPECT_EQ(trades.Collect(40), "seq 121-151");
}

TEST(SequenceCoverage, TellsWhereAnEventOfAnotherConnectionStands) {
    LongAwaitedTrades trades;
    const auto place = [&](uint64_t id) { return trades.tracker.PlaceOf({id, id, std::nullopt}); };
    EXPECT_EQ(place(2), ChainPlace::kUnknown) << "nothing is known yet";
    trades.Event(100, 5, 1);
    EXPECT_EQ(place(5), ChainPlace::kRepeat);
    EXPECT_EQ(place(6), ChainPlace::kNext);
    EXPECT_EQ(place(7), ChainPlace::kAhead);
    EXPECT_EQ(trades.tracker.PlaceOf({1, 2, 5}), ChainPlace::kNext) << "numbered anew";
    EXPECT_EQ(trades.tracker.PlaceOf({}), ChainPlace::kUnknown);
    trades.tracker.Lose(gap_reason::kSpoolFull);
    EXPECT_EQ(place(6), ChainPlace::kUnknown);
}

TEST(SequenceCoverage, TheFirstInstantMayHaveBegunBeforeTheConnection) {
    Trades trades;
    trades.tracker.Start(0, 0);
    trades.Event(100, 7, 1);
    trades.Event(100, 8, 1);
    trades.Event(120, 9, 2);
    EXPECT_EQ(trades.Collect(30), "seq 101-121");
}

TEST(SequenceCoverage, AnInstantThatComesLongAfterTheStreamIsWhole) {
    for (const Nanos waited : {kSettle - 1, kSettle, kSettle + 1}) {
        Trades trades;
        trades.tracker.Start(0, 5);
        trades.Event(100, 7, 5 + waited);
        trades.Event(120, 8, 5 + waited);
        EXPECT_EQ(trades.Collect(60), waited < kSettle ? "seq 101-121" : "seq 100-121") << waited;
    }
}

TEST(SequenceCoverage, WithoutAStreamThatFlowsNoFirstInstantIsWhole) {
    Trades trades;
    trades.Event(100, 7, 1000);
    trades.tracker.Start(0, 1001);
    trades.Event(120, 8, 1002);
    EXPECT_EQ(trades.Collect(1060), "seq 101-121") << "data came before its acknowledgement";
}

TEST(SequenceCoverage, AConnectionThatSpokeAlreadyVouchesForTheFirstInstantToo) {
    Trades trades;
    trades.tracker.Start(0, 10);
    EXPECT_EQ(trades.Collect(31, 90, 11), "");
    EXPECT_EQ(trades.Collect(32, 95, 12), "conn 91-95");
    trades.Event(100, 7, 33);
    trades.Event(120, 8, 34);
    EXPECT_EQ(trades.Collect(60), "conn 95-100 | seq 100-121");
}

TEST(SequenceCoverage, ClaimsTheIdsThatItCovers) {
    LongAwaitedTrades trades;
    trades.Event(100, 7, 1);
    trades.Event(110, 8, 2);
    trades.Event(110, 9, 2);
    Findings out;
    trades.tracker.Collect({}, 3, out);
    EXPECT_EQ(out.at(0).from_id, 7u);
    EXPECT_EQ(out.at(0).to_id, 7u);
    trades.tracker.Collect({}, 30, out);
    EXPECT_EQ(out.at(1).from_id, 8u);
    EXPECT_EQ(out.at(1).to_id, 9u);
}

TEST(SequenceCoverage, AJumpIsAGapThatHoldsBothItsEnds) {
    LongAwaitedTrades trades;
    trades.Event(100, 1, 1);
    trades.Event(120, 2, 2);
    trades.Event(200, 5, 3);
    trades.Event(210, 6, 4);
    EXPECT_EQ(trades.Collect(30), "seq 100-120 | gap 120-201 sequence_gap missing=2 | seq 201-211");
    EXPECT_EQ(trades.tracker.gaps(), 1u);
}

TEST(SequenceCoverage, AMissingTradeOfTheSameMillisecondIsAGapOfThatInstant) {
    LongAwaitedTrades trades;
    trades.Event(100, 1, 1);
    trades.Event(100, 3, 2);
    trades.Event(130, 4, 3);
    EXPECT_EQ(trades.Collect(30), "gap 100-101 sequence_gap missing=1 | seq 101-131");
}

TEST(SequenceCoverage, RepeatsChangeNothing) {
    LongAwaitedTrades trades;
    trades.Event(100, 1, 1);
    trades.Event(120, 2, 2);
    trades.Event(100, 1, 3);
    trades.Event(120, 2, 3);
    trades.Event(130, 3, 4);
    EXPECT_EQ(trades.Collect(30), "seq 100-131");
}

TEST(SequenceCoverage, NumbersThatContinueProveThatABreakCostNothing) {
    LongAwaitedTrades trades;
    trades.tracker.Start(0, 0);
    trades.Event(100, 1, 1);
    trades.tracker.Break(gap_reason::kDisconnected, {}, 2);
    EXPECT_EQ(trades.Collect(30), "");
    trades.tracker.Start(0, 40);
    trades.Event(200, 2, 41);
    EXPECT_EQ(trades.Collect(60), "seq 100-201");
    EXPECT_EQ(trades.tracker.gaps(), 0u);
}

TEST(SequenceCoverage, AJumpAcrossABreakIsBlamedOnIt) {
    LongAwaitedTrades trades;
    trades.tracker.Start(0, 0);
    trades.Event(100, 1, 1);
    trades.tracker.Break(gap_reason::kDisconnected, {}, 2);
    trades.tracker.Start(0, 40);
    trades.Event(200, 9, 41);
    EXPECT_EQ(trades.Collect(60), "gap 100-201 disconnected missing=7");
}

TEST(SequenceCoverage, TheConnectionSpeaksForQuietTimes) {
    LongAwaitedTrades trades;
    trades.tracker.Start(0, 0);
    trades.Event(100, 1, 1);
    EXPECT_EQ(trades.Collect(30, 180, 20), "seq 100-101 | conn 101-180");
    EXPECT_EQ(trades.Collect(31, 190, 21), "conn 180-190");
    trades.Event(300, 2, 50);
    EXPECT_EQ(trades.Collect(70, 290, 60), "seq 101-301");
}

TEST(SequenceCoverage, NumbersThatGoBackAreAReset) {
    LongAwaitedTrades trades;
    trades.Event(100, 1000, 1);
    trades.Event(200, 5, 2);
    trades.Event(210, 6, 3);
    EXPECT_EQ(trades.Collect(30), "gap 100-201 sequence_reset | seq 201-211");
}

TEST(SequenceCoverage, DroppedEventsAreAGapFromTheLastClaim) {
    LongAwaitedTrades trades;
    trades.tracker.Start(0, 0);
    trades.Event(100, 1, 1);
    EXPECT_EQ(trades.Collect(30), "seq 100-101");
    trades.Event(120, 2, 31);
    trades.tracker.Lose(gap_reason::kSpoolFull);
    EXPECT_EQ(trades.Collect(60), "");
    trades.tracker.Start(0, 60);
    trades.Event(200, 3, 61);
    EXPECT_EQ(trades.Collect(80), "gap 101-201 spool_full");
}

TEST(SequenceCoverage, WhatWasDroppedMayShareItsInstantWithTheNextEvent) {
    LongAwaitedTrades trades;
    trades.tracker.Start(0, 0);
    trades.Event(100, 1, 1);
    trades.Event(120, 2, 2);
    trades.tracker.Lose(gap_reason::kSpoolFull);
    trades.tracker.Start(0, 3);
    trades.Event(120, 3, 4);
    trades.Event(130, 4, 5);
    EXPECT_EQ(trades.Collect(80), "gap 100-121 spool_full | seq 121-131");
}

class Books {
  public:
    void Delta(Nanos order_ts, uint64_t previous, uint64_t last, Nanos steady) {
        const ChainLink link{previous, last, previous};
        tracker.OnEvent(order_ts, &link, steady);
    }
    // Proven by a checksum alone.
    void Unnumbered(Nanos order_ts, Nanos steady) {
        ChainLink link;
        link.checksum = 7;
        tracker.OnEvent(order_ts, &link, steady);
    }
    void Snapshot(Nanos order_ts, uint64_t id, Nanos steady) {
        ChainLink link{id, id, std::nullopt};
        tracker.Resume(order_ts, &link, 0, steady);
    }
    std::string Collect(Nanos steady, Watermark mark = {}) {
        Findings out;
        tracker.Collect(mark, steady, out);
        return Text(out);
    }
    SeriesTracker tracker{
        {.chained = true, .by_receipt = false, .seeded = true, .settle = kSettle}};
};

TEST(SeededCoverage, BeginsWithTheStateInTheStream) {
    Books books;
    books.tracker.Start(0, 0);
    books.Delta(90, 1, 2, 1);
    EXPECT_EQ(books.Collect(20, {95, 10, 0}), "");
    books.Snapshot(100, 10, 21);
    books.Delta(120, 10, 17, 22);
    EXPECT_EQ(books.Collect(40), "seq 101-121");
}

TEST(SeededCoverage, ALossIsOneGapUpToTheNextState) {
    Books books;
    books.Snapshot(100, 10, 1);
    books.Delta(120, 10, 17, 2);
    books.Delta(130, 17, 19, 3);
    books.tracker.Interrupt(gap_reason::kChecksum);
    books.tracker.Break(gap_reason::kSequenceGap, {}, 4);
    books.tracker.Start(0, 5);
    books.Delta(140, 25, 26, 6);
    EXPECT_EQ(books.Collect(30, {145, 20, 0}), "seq 101-130") << "the newest instant is in doubt";
    books.Snapshot(200, 40, 31);
    books.Delta(210, 40, 41, 32);
    EXPECT_EQ(books.Collect(60), "gap 130-201 checksum_mismatch | seq 201-211");
    EXPECT_EQ(books.tracker.gaps(), 1u);
}

TEST(SeededCoverage, AStateThatEndsWhereTheBreakBeganProvesThatItCostNothing) {
    Books books;
    books.Snapshot(100, 10, 1);
    books.Delta(120, 10, 17, 2);
    books.tracker.Break(gap_reason::kDisconnected, {}, 30);
    books.Snapshot(300, 17, 40);
    books.Delta(310, 17, 20, 41);
    EXPECT_EQ(books.Collect(80), "seq 101-121 | seq 121-311");
    books.tracker.Break(gap_reason::kDisconnected, {}, 90);
    books.Snapshot(400, 25, 95);
    EXPECT_EQ(books.Collect(120), "gap 311-401 disconnected");
}

TEST(SeededCoverage, NumbersThatBeginAnewInTheChainAreNoGap) {
    Books books;
    books.Snapshot(100, 1000, 1);
    books.Delta(120, 1000, 1010, 2);
    books.Delta(130, 1010, 3, 3);
    books.Delta(140, 3, 5, 4);
    EXPECT_EQ(books.Collect(40), "seq 101-141");
}

TEST(SeededCoverage, ChecksumsProveWhatHasNoNumbers) {
    Books books;
    books.Snapshot(100, 0, 1);
    books.Unnumbered(110, 2);
    books.Unnumbered(120, 3);
    EXPECT_EQ(books.Collect(40), "seq 101-121");
    books.tracker.Interrupt(gap_reason::kChecksum);
    books.Snapshot(200, 0, 50);
    EXPECT_EQ(books.Collect(90), "gap 121-201 checksum_mismatch");
}

class Tickers {
  public:
    explicit Tickers(bool by_receipt = false)
        : tracker({.by_receipt = by_receipt, .one_an_instant = !by_receipt, .settle = kSettle}) {}
    std::string Collect(Watermark mark, Nanos steady) {
        Findings out;
        tracker.Collect(mark, steady, out);
        return Text(out);
    }
    SeriesTracker tracker;
};

TEST(ConnectionCoverage, BeginsWithTheFirstEventBehindTheAck) {
    Tickers tickers;
    tickers.tracker.OnEvent(90, nullptr, 0);
    tickers.tracker.Start(0, 1);
    tickers.tracker.OnEvent(100, nullptr, 2);
    EXPECT_EQ(tickers.Collect({95, 0, 0}, 30), "conn 100-101");
    EXPECT_EQ(tickers.Collect({150, 29, 0}, 31), "conn 101-150");
}

TEST(ConnectionCoverage, BeginsWithoutAnEventOnceSlackHasPassed) {
    Tickers tickers;
    tickers.tracker.Start(0, 10);
    EXPECT_EQ(tickers.Collect({95, 9, 0}, 30), "");
    EXPECT_EQ(tickers.Collect({97, 10, 0}, 31), "");
    EXPECT_EQ(tickers.Collect({99, 11, 0}, 32), "conn 98-99");
}

TEST(ConnectionCoverage, WhereEventsShareAnInstantTheFirstOneIsLeftOut) {
    SeriesTracker quotes({.settle = kSettle});
    quotes.Start(0, 1);
    quotes.OnEvent(100, nullptr, 2);
    Findings out;
    quotes.Collect({}, 30, out);
    EXPECT_EQ(Text(out), "");
    quotes.OnEvent(120, nullptr, 31);
    quotes.Break(gap_reason::kDisconnected, {}, 60);
    quotes.Start(0, 61);
    quotes.OnEvent(200, nullptr, 62);
    quotes.OnEvent(210, nullptr, 63);
    quotes.Collect({}, 90, out);
    EXPECT_EQ(Text(out), "conn 101-121 | gap 121-201 disconnected | conn 201-211");
}

TEST(ConnectionCoverage, AQuietStreamVouchesForTheWholeInstantOfItsFirstEvent) {
    SeriesTracker quotes({.settle = kSettle});
    quotes.Start(0, 1);
    quotes.OnEvent(100, nullptr, 11);
    quotes.OnEvent(100, nullptr, 12);
    quotes.Break(gap_reason::kDisconnected, {}, 60);
    quotes.Start(0, 61);
    quotes.OnEvent(200, nullptr, 80);
    Findings out;
    quotes.Collect({}, 90, out);
    EXPECT_EQ(Text(out), "conn 100-101 | gap 101-200 disconnected | conn 200-201");
}

TEST(ConnectionCoverage, ABreakEndsTheClaimAndTheNextEventEndsTheGap) {
    Tickers tickers;
    tickers.tracker.Start(0, 1);
    tickers.tracker.OnEvent(100, nullptr, 2);
    tickers.tracker.Break(gap_reason::kDisconnected, {90, 1, 0}, 30);
    EXPECT_EQ(tickers.Collect({}, 40), "conn 100-101");
    tickers.tracker.Start(0, 50);
    tickers.tracker.OnEvent(300, nullptr, 51);
    EXPECT_EQ(tickers.Collect({}, 80), "gap 101-300 disconnected | conn 300-301");
    EXPECT_EQ(tickers.tracker.gaps(), 1u);
}

TEST(ConnectionCoverage, OfReceiptOrderRunsWithTheSocketReads) {
    Tickers quotes(true);
    quotes.tracker.Start(500, 1);
    EXPECT_EQ(quotes.Collect({0, 0, 600}, 2), "conn 500-601");
    quotes.tracker.OnEvent(650, nullptr, 3);
    EXPECT_EQ(quotes.Collect({0, 0, 660}, 3), "conn 601-661");
    quotes.tracker.Break(gap_reason::kSilence, {0, 0, 700}, 4);
    quotes.tracker.Start(900, 5);
    EXPECT_EQ(quotes.Collect({0, 0, 950}, 6), "conn 661-701 | gap 701-900 silence | conn 900-951");
}

TEST(ConnectionCoverage, AnUnreadableMessageIsAGapOfItsInstant) {
    Tickers quotes(true);
    quotes.tracker.Start(500, 1);
    quotes.tracker.Break(gap_reason::kBadMessage, {0, 0, 699}, 2);
    quotes.tracker.Start(701, 2);
    EXPECT_EQ(
        quotes.Collect({0, 0, 800}, 3), "conn 500-700 | gap 700-701 bad_message | conn 701-801"
    );
}

TEST(ConnectionCoverage, PendingFindingsStayBounded) {
    LongAwaitedTrades trades;
    for (uint64_t i = 0; i < 10'000; ++i) {
        trades.Event(static_cast<Nanos>(100 + i * 10), i * 3, static_cast<Nanos>(i));
    }
    Findings out;
    trades.tracker.Collect({}, 1'000'000, out);
    EXPECT_LE(out.size(), 300u);
    EXPECT_EQ(out.front().from, 100);
}

}  // namespace
}  // namespace mp::collector
