#include "registry/rendezvous.hpp"

#include <gtest/gtest.h>
#include <map>

namespace mp::registry {
namespace {

std::vector<std::string> Nodes(size_t count) {
    std::vector<std::string> nodes;
    for (size_t i = 0; i < count; ++i) nodes.push_back("collector-" + std::to_string(i));
    return nodes;
}

std::string Key(int i) {
    return "binance|spot|SYMBOL" + std::to_string(i) + "-USDT";
}

TEST(Rendezvous, SharesKeysEvenly) {
    const auto nodes = Nodes(5);
    std::map<size_t, int> owned;
    for (int i = 0; i < 10000; ++i) ++owned[RendezvousOwners(Key(i), nodes)[0]];
    for (const auto& [node, count] : owned) {
        EXPECT_GT(count, 1800) << node;
        EXPECT_LT(count, 2200) << node;
    }
}

TEST(Rendezvous, MovesOnlyTheKeysOfANodeThatGoes) {
    const auto before = Nodes(5);
    auto after = before;
    after.erase(after.begin() + 2);
    for (int i = 0; i < 2000; ++i) {
        const std::string was = before[RendezvousOwners(Key(i), before)[0]];
        const std::string is = after[RendezvousOwners(Key(i), after)[0]];
        if (was != "collector-2") {
            EXPECT_EQ(was, is);
        }
    }
}

TEST(Rendezvous, SaysTheSameFromEveryNodeWhateverTheOrder) {
    auto nodes = Nodes(4);
    for (int i = 0; i < 200; ++i) {
        for (const size_t copies : {1u, 2u, 3u}) {
            const auto owners = RendezvousOwners(Key(i), nodes, copies);
            ASSERT_EQ(owners.size(), copies);
            for (size_t node = 0; node < nodes.size(); ++node) {
                const bool owner = std::find(owners.begin(), owners.end(), node) != owners.end();
                EXPECT_EQ(RendezvousOwns(Key(i), nodes[node], nodes, copies), owner);
            }
        }
        std::rotate(nodes.begin(), nodes.begin() + 1, nodes.end());
    }
}

TEST(Rendezvous, GivesAllWhereThereAreTooFew) {
    const auto nodes = Nodes(2);
    EXPECT_EQ(RendezvousOwners("key", nodes, 3).size(), 2u);
    EXPECT_TRUE(RendezvousOwners("key", {}, 1).empty());
    EXPECT_TRUE(RendezvousOwns("key", "alone", {}, 1));
}

// Stored positions depend on it.
TEST(Rendezvous, NeverChanges) {
    EXPECT_EQ(RendezvousWeight("binance|spot|BTC-USDT", "collector-1"), 13594981828316191793u);
}

}  // namespace
}  // namespace mp::registry
