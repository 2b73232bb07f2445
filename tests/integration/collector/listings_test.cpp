// A feed against a venue whose list of instruments changes: what is new is subscribed, what is gone
// is closed, and a list with a hole in it ends nothing.
#include "feed_fixture.hpp"

namespace mp::collector {
namespace {

using ListingsTest = FeedFixture;

TEST_F(ListingsTest, WhatIsListedLaterIsSubscribed) {
    Start({"*-USDT"}, {"ETH-*"});
    ASSERT_TRUE(Until([this] { return subscribed_.contains("btcusdt@trade"); }));
    EXPECT_FALSE(subscribed_.contains("ethusdt@trade"));
    listing_.insert("NEW");
    ASSERT_TRUE(Until([this] { return subscribed_.contains("newusdt@trade"); }));
    EXPECT_FALSE(subscribed_.contains("ethusdt@trade"));
    EXPECT_TRUE(Says("marketprism_instruments_collected{exchange=\"binance\",market=\"spot\"} 2"));
    EXPECT_EQ(Metadata(), (std::vector<std::string>{"BTC-USDT there", "NEW-USDT there"}));
}

TEST_F(ListingsTest, WhatIsDelistedIsClosed) {
    Start({"*-USDT", "BTC-USDT"});
    ASSERT_TRUE(Until([this] { return subscribed_.size() == 2; }));
    listing_.erase("BTC");
    ASSERT_TRUE(Until([this] { return !subscribed_.contains("btcusdt@trade"); }));
    EXPECT_EQ(feed_->FindInstrument("BTC-USDT"), nullptr);
    EXPECT_EQ(feed_->Series().size(), 1u);
    EXPECT_TRUE(feed_->unmatched().empty()) << "it was no mistake to configure it";
    EXPECT_TRUE(Says("marketprism_instruments_collected{exchange=\"binance\",market=\"spot\"} 1"));
    EXPECT_EQ(Metadata().back(), "BTC-USDT gone");
    // Listed again, it is there again.
    listing_.insert("BTC");
    ASSERT_TRUE(Until([this] { return subscribed_.contains("btcusdt@trade"); }));
    EXPECT_EQ(Metadata().back(), "BTC-USDT there");
}

TEST_F(ListingsTest, OneListWithAHoleEndsNothing) {
    Start({"*-USDT"});
    ASSERT_TRUE(Until([this] { return subscribed_.size() == 2; }));
    listing_.erase("BTC");
    ASSERT_TRUE(AfterLists(1));
    listing_.insert("BTC");
    ASSERT_TRUE(AfterLists(3));
    EXPECT_NE(feed_->FindInstrument("BTC-USDT"), nullptr);
    EXPECT_EQ(Metadata(), (std::vector<std::string>{"BTC-USDT there", "ETH-USDT there"}));
    // An empty list is none.
    listing_.clear();
    ASSERT_TRUE(AfterLists(2));
    EXPECT_NE(feed_->FindInstrument("ETH-USDT"), nullptr);
}

TEST_F(ListingsTest, AListThatLeavesOutMostIsNotBelieved) {
    listing_ = {"A", "B", "C", "D", "E", "F"};
    Start({"*-USDT"});
    ASSERT_TRUE(Until([this] { return subscribed_.size() == 6; }));
    EXPECT_TRUE(feed_->listing_doubt().ok());
    listing_ = {"A", "B"};
    ASSERT_TRUE(AfterLists(4));
    EXPECT_EQ(subscribed_.size(), 6u);
    EXPECT_EQ(Metadata().size(), 6u) << "nothing was delisted";
    EXPECT_FALSE(feed_->listing_doubt().ok());
    const std::string counted =
        R"(marketprism_errors_total{exchange="binance",error_type="data"} )";
    EXPECT_NE(registry_.ToText().find(counted), std::string::npos);
    EXPECT_FALSE(Says(counted + "0"));
    listing_ = {"A", "B", "C", "D", "E"};
    ASSERT_TRUE(Until([this] { return !subscribed_.contains("fusdt@trade"); }));
    EXPECT_EQ(subscribed_.size(), 5u);
    EXPECT_TRUE(feed_->listing_doubt().ok());
}

TEST_F(ListingsTest, SaysWhyItsInstrumentsAreNotKnown) {
    status_ = "\"";  // it ends the text, and with it what can be understood
    Start({"*-USDT"});
    ASSERT_TRUE(Until([this] { return !feed_->listing_trouble().ok(); }));
    EXPECT_FALSE(feed_->listed());
    EXPECT_FALSE(feed_->listing_trouble().message().empty());
    status_ = "TRADING";
    ASSERT_TRUE(Until([this] { return subscribed_.size() == 2; }));
    EXPECT_TRUE(feed_->listing_trouble().ok()) << feed_->listing_trouble();
}

TEST_F(ListingsTest, WhatIsHaltedIsKept) {
    Start({"*-USDT"});
    ASSERT_TRUE(Until([this] { return subscribed_.size() == 2; }));
    status_ = "BREAK";
    listing_.insert("NEW");
    ASSERT_TRUE(AfterLists(3));
    EXPECT_EQ(subscribed_, (std::set<std::string>{"btcusdt@trade", "ethusdt@trade"}));
    status_ = "TRADING";
    ASSERT_TRUE(Until([this] { return subscribed_.contains("newusdt@trade"); }));
}

TEST_F(ListingsTest, AnotherCollectorTakesItsPartWhenItFlowsThere) {
    Start({"*-USDT"});
    ASSERT_TRUE(Until([this] { return subscribed_.size() == 2; }));
    // Whoever has the other name is meant to own exactly one of the two.
    Peer peer;
    peer.share.view = kUnsettled;
    for (int i = 0; i < 100; ++i) {
        peer.name = "other-" + std::to_string(i);
        Shard shard("collector", 1);
        shard.SetPeers({peer});
        const model::Instrument btc{"binance", model::Market::kSpot, "BTC-USDT", ""};
        const model::Instrument eth{"binance", model::Market::kSpot, "ETH-USDT", ""};
        if (!shard.Owns(btc) && shard.Owns(eth)) break;
    }
    feed_->SetPeers({peer});
    EXPECT_EQ(feed_->LetGo(), 1u) << "the other does not flow yet";
    EXPECT_NE(feed_->FindInstrument("BTC-USDT"), nullptr);
    peer.share.view = feed_->GetShare().view;
    peer.share.settling = {SymbolHash("BTC-USDT")};
    feed_->SetPeers({peer});
    EXPECT_EQ(feed_->LetGo(), 1u);
    peer.share.settling.clear();
    feed_->SetPeers({peer});
    EXPECT_EQ(feed_->LetGo(), 0u);
    ASSERT_TRUE(Until([this] { return !subscribed_.contains("btcusdt@trade"); }));
    EXPECT_TRUE(subscribed_.contains("ethusdt@trade"));
    // The other is gone: back at once.
    feed_->SetPeers({});
    ASSERT_TRUE(Until([this] { return subscribed_.contains("btcusdt@trade"); }));
}

TEST_F(ListingsTest, AConnectionThatCarriesNothingIsEnded) {
    listing_ = {"BTC"};
    Start({"*-USDT"});
    ASSERT_TRUE(Until([this] { return subscribed_.contains("btcusdt@trade"); }));
    ASSERT_TRUE(feed_->Remove("BTC-USDT").ok());
    EXPECT_EQ(feed_->Remove("BTC-USDT").status().code(), StatusCode::kNotFound);
    EXPECT_TRUE(feed_->connected()) << "there is nothing that could be missing";
    ASSERT_TRUE(Until([this] { return server_->stats().websockets_open == 0; }));
    EXPECT_EQ(feed_->LetGo(), 0u);
    // What it carried comes back on another one.
    subscribed_.clear();
    ASSERT_TRUE(feed_->Add("BTCUSDT", {}).ok());
    ASSERT_TRUE(Until([this] { return subscribed_.contains("btcusdt@trade"); }));
    EXPECT_EQ(feed_->Series().front()->link->name(), "binance_spot/2");
}

}  // namespace
}  // namespace mp::collector
