#include "collector/rest/ledger.hpp"

#include <gtest/gtest.h>

namespace mp::collector {
namespace {

constexpr Nanos kNow = 1'700'000'000 * kSecond;

TEST(Ledger, ReadsWhatItWrote) {
    Ledger ledger;
    ledger.Add(kNow + kSecond, 300);
    ledger.Add(kNow + 2 * kSecond, 50);
    ledger.Block(kNow + 7 * kSecond);
    const auto read = Ledger::Parse(ledger.Format());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, ledger);
    EXPECT_EQ(read->used(), 350);
    EXPECT_EQ(Ledger::Parse("")->Format(), "");
}

TEST(Ledger, RefusesWhatIsNone) {
    for (const char* text :
         {"x",
          "1",
          "1 2",
          "1 -2\n",
          "-1 2\n",
          "blocked\n",
          "1 2\n\n",
          "99999999999999999 1\n",
          "1 99999999999\n"}) {
        EXPECT_FALSE(Ledger::Parse(text).ok()) << text;
    }
}

TEST(Ledger, ForgetsWhatNoLongerCounts) {
    Ledger ledger;
    ledger.Add(kNow, 300);
    ledger.Add(kNow + 1, 50);
    ledger.Block(kNow);
    ledger.Settle(kNow, kNow + kSecond);
    EXPECT_EQ(ledger.used(), 50);
    EXPECT_EQ(ledger.blocked_until(), 0);
}

TEST(Ledger, DoesNotBelieveAClockFarAhead) {
    Ledger ledger;
    ledger.Add(kNow + 3600 * kSecond, 300);
    ledger.Settle(kNow, kNow + 60 * kSecond);
    EXPECT_EQ(ledger.WaitFor(kNow, 1, 300), std::chrono::seconds(60));
}

TEST(Ledger, SaysWhenThereIsRoom) {
    Ledger ledger;
    ledger.Add(kNow + 10 * kSecond, 60);
    ledger.Add(kNow + 20 * kSecond, 30);
    EXPECT_EQ(ledger.WaitFor(kNow, 10, 100).count(), 0);
    EXPECT_EQ(ledger.WaitFor(kNow, 11, 100), std::chrono::seconds(10));
    EXPECT_EQ(ledger.WaitFor(kNow, 80, 100), std::chrono::seconds(20));
    ledger.Block(kNow + 15 * kSecond);
    EXPECT_EQ(ledger.WaitFor(kNow, 1, 100), std::chrono::seconds(15));
}

}  // namespace
}  // namespace mp::collector
