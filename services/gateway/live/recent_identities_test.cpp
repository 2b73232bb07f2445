#include "gateway/live/recent_identities.hpp"

#include <deque>
#include <gtest/gtest.h>
#include <random>
#include <unordered_set>

namespace mp::gateway {
namespace {

TEST(RecentIdentities, KnowsTheLastOnesAndForgetsTheOldest) {
    RecentIdentities recent(3);
    for (const uint64_t hash : {1u, 2u, 3u}) EXPECT_TRUE(recent.Add(hash));
    EXPECT_FALSE(recent.Add(1));
    EXPECT_TRUE(recent.full());
    EXPECT_TRUE(recent.Add(4));
    EXPECT_FALSE(recent.Add(2));
    EXPECT_TRUE(recent.Add(1));
    EXPECT_TRUE(recent.Add(2)) << "made room for 1";
}

// Few values on few places: every kind of collision happens.
TEST(RecentIdentities, DoesWhatASetAndAQueueDo) {
    std::mt19937_64 random(7);
    for (const size_t capacity : {1u, 2u, 100u, 1000u, 1024u}) {
        const bool at_once = capacity % 8 == 0;
        RecentIdentities recent =
            at_once ? RecentIdentities::AtOnce(capacity) : RecentIdentities(capacity);
        std::deque<uint64_t> queue;
        std::unordered_set<uint64_t> set;
        for (int i = 0; i < 20'000; ++i) {
            const uint64_t hash = (random() % (2 * capacity)) << (random() % 2 * 9);
            const bool added = set.insert(hash).second;
            ASSERT_EQ(recent.Add(hash), added) << i;
            if (!added) continue;
            queue.push_back(hash);
            if (queue.size() <= capacity) continue;
            set.erase(queue.front());
            queue.pop_front();
        }
        EXPECT_EQ(recent.size(), std::min(queue.size(), capacity));
    }
}

}  // namespace
}  // namespace mp::gateway
