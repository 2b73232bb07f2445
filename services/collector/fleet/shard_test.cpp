#include "collector/fleet/shard.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace mp::collector {
namespace {

constexpr size_t kInstruments = 2'000;

std::vector<model::Instrument> Instruments() {
    std::vector<model::Instrument> all;
    for (size_t i = 0; i < kInstruments; ++i) {
        const std::string symbol = "A" + std::to_string(i) + "-USDT";
        all.push_back({"binance", model::Market::kSpot, symbol, symbol});
    }
    return all;
}

std::vector<std::string> Names(size_t count) {
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) {
        names.push_back("collector-" + std::to_string(i) + "-" + std::to_string(7919 * i));
    }
    return names;
}

Peer Named(std::string name, uint64_t view = kUnsettled) {
    Peer peer;
    peer.name = std::move(name);
    peer.share.view = view;
    return peer;
}

Shard ShardOf(const std::string& self, const std::vector<std::string>& all, size_t copies) {
    Shard shard(self, copies);
    std::vector<Peer> peers;
    for (const std::string& name : all) {
        if (name != self) peers.push_back(Named(name));
    }
    shard.SetPeers(std::move(peers));
    return shard;
}

// Owners of each instrument, as each collector by itself finds.
std::vector<std::set<std::string>> Owners(const std::vector<std::string>& names, size_t copies) {
    std::vector<std::set<std::string>> owners(kInstruments);
    const std::vector<model::Instrument> instruments = Instruments();
    for (const std::string& name : names) {
        const Shard shard = ShardOf(name, names, copies);
        for (size_t i = 0; i < instruments.size(); ++i) {
            if (shard.Owns(instruments[i])) owners[i].insert(name);
        }
    }
    return owners;
}

TEST(Shard, TakesEverythingWhereItIsAlone) {
    const Shard shard("a", 1);
    for (const model::Instrument& instrument : Instruments()) EXPECT_TRUE(shard.Owns(instrument));
}

TEST(Shard, GivesEveryInstrumentAsManyOwnersAsWanted) {
    for (const size_t count : {1u, 2u, 3u, 7u}) {
        for (const size_t copies : {1u, 2u, 3u}) {
            for (const auto& owners : Owners(Names(count), copies)) {
                ASSERT_EQ(owners.size(), std::min(count, copies));
            }
        }
    }
}

TEST(Shard, SharesEvenly) {
    for (const size_t copies : {1u, 2u}) {
        std::map<std::string, double> load;
        for (const auto& owners : Owners(Names(5), copies)) {
            for (const std::string& owner : owners) ++load[owner];
        }
        const double fair = static_cast<double>(kInstruments * copies) / 5;
        ASSERT_EQ(load.size(), 5u);
        for (const auto& [name, count] : load) EXPECT_NEAR(count, fair, fair * 0.25) << name;
    }
}

// Whoever comes takes only from others, whoever goes gives only what was his.
TEST(Shard, MovesAsLittleAsPossible) {
    std::mt19937 random(11);
    for (int round = 0; round < 10; ++round) {
        std::vector<std::string> names = Names(12);
        std::shuffle(names.begin(), names.end(), random);
        names.resize(2 + random() % 8);
        const size_t copies = 1 + random() % 2;
        const auto with = Owners(names, copies);
        const std::string gone = names.back();
        names.pop_back();
        const auto without = Owners(names, copies);
        for (size_t i = 0; i < kInstruments; ++i) {
            for (const std::string& owner : with[i]) {
                if (owner == gone) continue;
                ASSERT_TRUE(without[i].contains(owner)) << "what stays needs not move";
            }
            const bool moved = with[i].contains(gone);
            ASSERT_TRUE(moved || with[i] == without[i]) << "nothing else moves";
        }
    }
}

TEST(Shard, SeesTheSameAsTheOthers) {
    const std::vector<std::string> names = Names(3);
    const uint64_t view = ShardOf(names[0], names, 1).view();
    EXPECT_EQ(ShardOf(names[1], names, 1).view(), view);
    EXPECT_EQ(ShardOf(names[2], names, 1).view(), view);
    EXPECT_NE(ShardOf(names[2], names, 2).view(), view);
    EXPECT_NE(ShardOf(names[0], Names(2), 1).view(), view);
    Shard wider = ShardOf(names[1], names, 1);
    wider.SetUniverse(7);
    EXPECT_NE(wider.view(), view) << "it knows of other instruments";
}

TEST(Shard, SaysWhetherOwnersMayHaveChanged) {
    Shard shard("b", 1);
    EXPECT_TRUE(shard.SetPeers({Named("a"), Named("c")}));
    EXPECT_FALSE(shard.SetPeers({Named("c", 5), Named("a")}));
    EXPECT_TRUE(shard.SetPeers({Named("a")}));
    EXPECT_TRUE(shard.Leave());
    EXPECT_FALSE(shard.Leave());
    EXPECT_FALSE(shard.SetPeers({Named("a")}));
}

class ShardTakeOver : public ::testing::Test {
  protected:
    ShardTakeOver() {
        shard_.SetPeers({Named("b")});
        const std::vector<model::Instrument> all = Instruments();
        moved_ = *std::find_if(all.begin(), all.end(), [&](const model::Instrument& each) {
            return !shard_.Owns(each);
        });
    }

    std::optional<Nanos> After(uint64_t view, std::vector<uint64_t> settling) {
        Peer peer = Named("b", view);
        peer.share.settling = std::move(settling);
        peer.share.settled_to = 77;
        shard_.SetPeers({peer});
        return shard_.TakenOver(moved_);
    }

    Shard shard_{"a", 1};
    model::Instrument moved_;
};

TEST_F(ShardTakeOver, IsWhenTheOwnerSaysSoOfTheSameView) {
    EXPECT_EQ(After(kUnsettled, {}), std::nullopt);
    EXPECT_EQ(After(shard_.view() + 2, {}), std::nullopt);
    EXPECT_EQ(After(shard_.view(), {SymbolHash(moved_.symbol)}), std::nullopt);
    EXPECT_EQ(After(shard_.view(), {SymbolHash("OTHER")}), 77);
    EXPECT_EQ(After(shard_.view(), {}), 77);
}

TEST_F(ShardTakeOver, WaitsForEveryOwner) {
    Shard shard("a", 2);
    shard.SetPeers({Named("b"), Named("c")});
    const std::vector<model::Instrument> all = Instruments();
    const auto moved = std::find_if(all.begin(), all.end(), [&](const model::Instrument& each) {
        return !shard.Owns(each);
    });
    ASSERT_NE(moved, all.end());
    const uint64_t view = shard.view();
    shard.SetPeers({Named("b", view), Named("c")});
    EXPECT_EQ(shard.TakenOver(*moved), std::nullopt);
    shard.SetPeers({Named("b", view), Named("c", view)});
    EXPECT_TRUE(shard.TakenOver(*moved).has_value());
}

TEST(Shard, CountsOnNobodyWhoIsOnlyComing) {
    Shard shard("a", 1);
    EXPECT_FALSE(shard.SetPeers({Named("b", kComing), Named("c", kComing)}));
    EXPECT_TRUE(shard.Owns(Instruments().front()));
    EXPECT_FALSE(shard.waits());
    shard.Leave();
    EXPECT_TRUE(shard.waits()) << "somebody will take over";
    EXPECT_TRUE(shard.Owns(Instruments().front()));
    EXPECT_TRUE(shard.SetPeers({Named("b", kComing), Named("c")}));
    EXPECT_FALSE(shard.waits());
    EXPECT_FALSE(shard.Owns(Instruments().front()));
}

TEST(Shard, LeavesEverythingToTheOthersWhereThereAreAny) {
    const std::vector<std::string> names = Names(3);
    Shard leaver = ShardOf(names[0], names, 1);
    leaver.Leave();
    const std::vector<std::string> rest = {names[1], names[2]};
    EXPECT_EQ(leaver.view(), ShardOf(names[1], rest, 1).view());
    for (const model::Instrument& instrument : Instruments()) {
        EXPECT_FALSE(leaver.Owns(instrument));
    }
    leaver.SetPeers({});
    EXPECT_TRUE(leaver.Owns(Instruments().front()));
}

}  // namespace
}  // namespace mp::collector
