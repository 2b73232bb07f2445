#include "reliability/cache_store.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "testing/manual_clock.hpp"

namespace mp::reliability {
namespace {

using std::chrono::seconds;

class CacheStoreTest : public ::testing::Test {
  protected:
    mp::testing::ManualClock clock_;
    CacheStore<int> store_{
        {.max_entries = 3, .ttl = seconds(100), .max_stale = seconds(50)}, clock_};
};

TEST_F(CacheStoreTest, GivesWhatWasSetUntilItsTimeIsOver) {
    EXPECT_FALSE(store_.Get("a"));
    store_.Set("a", 1);
    clock_.Advance(seconds(79));
    auto hit = store_.Get("a");
    EXPECT_EQ(*hit->value, 1);
    EXPECT_EQ(hit->age, seconds(79));
    EXPECT_FALSE(hit->stale);
    EXPECT_FALSE(hit->refresh);
    clock_.Advance(seconds(21));
    EXPECT_TRUE(store_.Get("a")->stale);
    clock_.Advance(seconds(50));
    EXPECT_FALSE(store_.Get("a"));
    const CacheStats stats = store_.GetStats();
    EXPECT_EQ(stats.hits, 2u);
    EXPECT_EQ(stats.stale, 1u);
    EXPECT_EQ(stats.misses, 2u);
    EXPECT_EQ(stats.HitRate(), 0.5);
}

TEST_F(CacheStoreTest, AnAskerMayWantItFresher) {
    store_.Set("a", 1);
    clock_.Advance(seconds(4));
    const Freshness strict{seconds(5), seconds(0)};
    EXPECT_TRUE(store_.Get("a", strict)->refresh) << "80 % of his time";
    clock_.Advance(seconds(1));
    EXPECT_FALSE(store_.Get("a", strict));
    EXPECT_FALSE(store_.Get("a")->stale) << "for others it still does";
}

TEST_F(CacheStoreTest, AsksOneToRefreshAheadOfTheEnd) {
    store_.Set("a", 1);
    clock_.Advance(seconds(80));
    EXPECT_FALSE(store_.Peek("a"));
    EXPECT_TRUE(store_.Get("a")->refresh);
    EXPECT_FALSE(store_.Get("a")->refresh);
    clock_.Advance(seconds(40));
    EXPECT_FALSE(store_.Get("a")->refresh);
    store_.Set("a", 2);
    EXPECT_EQ(store_.Get("a")->age, seconds(0));
    clock_.Advance(seconds(80));
    EXPECT_TRUE(store_.Get("a")->refresh);
    EXPECT_EQ(store_.GetStats().refreshes, 2u);
}

TEST_F(CacheStoreTest, KeepsTheStaleValueWhenARefreshFailed) {
    store_.Set("a", 1);
    clock_.Advance(seconds(110));
    EXPECT_TRUE(store_.Get("a")->refresh);
    store_.RefreshFailed("a");
    EXPECT_EQ(*store_.Get("a")->value, 1);
    EXPECT_FALSE(store_.Get("a")->refresh);  // not at once again
    clock_.Advance(seconds(1));
    EXPECT_TRUE(store_.Get("a")->refresh);
    EXPECT_EQ(store_.GetStats().failed_refreshes, 1u);
}

TEST_F(CacheStoreTest, EvictsTheLeastRecentlyUsed) {
    for (const auto key : {"a", "b", "c"}) store_.Set(key, 1);
    EXPECT_TRUE(store_.Get("a"));
    store_.Set("b", 2);
    EXPECT_TRUE(store_.Peek("a"));
    store_.Set("d", 1);
    EXPECT_FALSE(store_.Get("c"));
    EXPECT_TRUE(store_.Get("a"));
    EXPECT_TRUE(store_.Get("b"));
    EXPECT_EQ(store_.GetStats().evictions, 1u);
    EXPECT_EQ(store_.GetStats().entries, 3u);
}

TEST_F(CacheStoreTest, KeepsAGivenValueAliveAfterItsEntry) {
    store_.Set("a", 1);
    const auto hit = store_.Get("a");
    store_.Delete("a");
    EXPECT_EQ(*hit->value, 1);
    EXPECT_FALSE(store_.Get("a"));
    store_.Set("b", 2);
    store_.Clear();
    EXPECT_EQ(store_.GetStats().entries, 0u);
}

TEST(CacheStore, HoldsNoMoreBytesThanItMay) {
    CacheStore<std::string> store({.max_entries = 100, .max_bytes = 3000});
    for (int i = 0; i < 10; ++i) store.Set(std::to_string(i), std::string(1000, 'x'));
    EXPECT_LE(store.GetStats().bytes, 3000u);
    EXPECT_GT(store.GetStats().bytes, 1000u);
    EXPECT_TRUE(store.Get("9").has_value());
    EXPECT_FALSE(store.Get("0").has_value());
    store.Set("9", "short");
    EXPECT_LE(store.GetStats().bytes, 1200u) << "what was replaced does not count";
    store.Set("large", std::string(5000, 'x'));
    EXPECT_EQ(store.GetStats().entries, 1u) << "what came last stays whatever it takes";
    store.Delete("large");
    EXPECT_EQ(store.GetStats().bytes, 0u);
}

TEST(CacheStoreRace, StaysWholeUnderConcurrentUse) {
    mp::testing::ManualClock clock;
    CacheStore<std::string> store({.max_entries = 20, .ttl = seconds(10)}, clock);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 5'000; ++i) {
                const std::string key = std::to_string((i * 7 + t) % 30);
                if (const auto hit = store.Get(key)) {
                    EXPECT_EQ(*hit->value, key);
                    if (hit->refresh) store.Set(key, key);
                } else {
                    store.Set(key, key);
                }
                if (i % 97 == 0) store.Delete(key);
                if (i % 10 == 0) clock.Advance(seconds(1));
            }
        });
    }
    threads.clear();
    const CacheStats stats = store.GetStats();
    EXPECT_EQ(stats.hits + stats.misses, 20'000u);
    EXPECT_LE(stats.entries, 20u);
}

TEST(CacheStoreRace, GivesTheRefreshToOneOfMany) {
    mp::testing::ManualClock clock;
    CacheStore<int> store({.ttl = seconds(10)}, clock);
    store.Set("a", 1);
    clock.Advance(seconds(9));
    std::atomic<int> claimed = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1'000; ++i) claimed += store.Get("a")->refresh;
        });
    }
    threads.clear();
    EXPECT_EQ(claimed, 1);
}

}  // namespace
}  // namespace mp::reliability
