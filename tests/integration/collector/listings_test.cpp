// A feed against a venue whose list of instruments changes: what is new is subscribed, what is gone
// is closed, and a list with a hole in it ends nothing.
#include <gtest/gtest.h>
#include <regex>
#include <set>

#include "bus/connection.hpp"
#include "collector/feed/feed.hpp"
#include "collector/rest/budgets.hpp"
#include "collector/spool/spool.hpp"
#include "collector/venues/registry.hpp"
#include "net/http_server.hpp"
#include "runtime/condition.hpp"
#include "telemetry/metric_registry.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"
#include "testing/temp_dir.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

class ListingsTest : public ::testing::Test {
  protected:
    ListingsTest() {
        net::Router router;
        router.Get("/api/v3/exchangeInfo", [this](const net::HttpRequest&) { return List(); });
        router.HandleWebSocket("/stream", [this](net::WebSocket& socket, const net::HttpRequest&) {
            return Serve(socket);
        });
        server_.emplace(*net::HttpServer::Listen(runner_.executor(), {}, std::move(router)));
        runner_.Start(server_->Run());
    }

    Task<net::HttpResponse> List() {
        ++lists_;
        listed_.NotifyAll();
        std::string symbols;
        for (const std::string& base : listing_) {
            symbols += (symbols.empty() ? "" : ",") + std::string(R"({"symbol":")") + base +
                       R"(USDT","status":")" + status_ + R"(","baseAsset":")" + base +
                       R"(","quoteAsset":"USDT","filters":[]})";
        }
        co_return net::JsonResponse(200, R"({"symbols":[)" + symbols + "]}");
    }

    // Acknowledges every request, remembers what is subscribed.
    Task<> Serve(net::WebSocket& socket) {
        static const std::regex kStream("\"([a-z]+usdt@[a-z]+)\"");
        static const std::regex kId("\"id\":(\\d+)");
        for (;;) {
            const auto request = co_await socket.Receive(Deadline::After(30s));
            if (!request.ok()) co_return;
            const std::string text(request->data);
            const bool add = text.find("\"SUBSCRIBE\"") != std::string::npos;
            for (std::sregex_iterator at(text.begin(), text.end(), kStream), end; at != end; ++at) {
                if (add) {
                    subscribed_.insert((*at)[1]);
                } else {
                    subscribed_.erase((*at)[1]);
                }
            }
            std::smatch id;
            std::regex_search(text, id, kId);
            const std::string answer = R"({"result":null,"id":)" + id[1].str() + "}";
            const Status sent = co_await socket.Send(answer, Deadline::After(10s));
            if (!sent.ok()) co_return;
            listed_.NotifyAll();
        }
    }

    void Start(std::vector<std::string> symbols, std::vector<std::string> exclude = {}) {
        VenueConfig venue;
        venue.name = "binance_spot";
        venue.exchange = "binance";
        venue.market = model::Market::kSpot;
        venue.rest_url = "http://127.0.0.1:" + std::to_string(server_->port());
        venue.ws_url = "ws://127.0.0.1:" + std::to_string(server_->port());
        venue.symbols = std::move(symbols);
        venue.exclude = std::move(exclude);
        venue.data_types = {model::DataType::kTrade};
        FeedConfig config;
        config.listings_refresh = 10ms;
        feed_.emplace(
            runner_.executor(),
            venue,
            std::move(*MakeVenue(venue)),
            config,
            FeedOutput{lanes_, claims_, series_, metrics_, dead_letters_, budgets_, 8, "collector"},
            InstrumentChanges(std::filesystem::path()),
            Shard("collector", 1)
        );
        runner_.Start(feed_->Run());
    }

    bool Until(const std::function<bool()>& predicate) {
        const auto wait = [&]() -> Task<bool> {
            co_return co_await listed_.Until(predicate, Deadline::After(10s));
        };
        return runner_.Run(wait());
    }

    // After so many further lists.
    bool AfterLists(int count) {
        const int goal = lists_ + count;
        return Until([this, goal] { return lists_ >= goal; });
    }

    // "BTC-USDT trading" of every metadata event so far.
    std::vector<std::string> Metadata() {
        std::vector<std::string> found;
        Spool::Cursor cursor = spool_->ReadAfter(0);
        wire::BatchReader reader;
        wire::EventDecoder decoder;
        for (;;) {
            const auto record = cursor.Next();
            if (!record.ok() || !*record) return found;
            if ((*record)->kind != RecordKind::kData || !reader.Open((*record)->payload).ok())
                continue;
            for (const wire::BatchEntry& entry : reader.entries()) {
                model::Event event;
                if (!decoder.Decode(entry.event, event).ok()) continue;
                const auto* info = std::get_if<model::InstrumentInfo>(&event.body);
                if (info == nullptr) continue;
                const bool gone = info->status == model::InstrumentStatus::kDelisted;
                found.push_back(
                    reader.instruments()[entry.instrument].symbol + (gone ? " gone" : " there")
                );
            }
        }
    }

    bool Says(const std::string& metric) {
        return registry_.ToText().find(metric + "\n") != std::string::npos;
    }

    testing::TaskRunner runner_;
    std::set<std::string> listing_{"BTC", "ETH"};
    std::string status_ = "TRADING";
    int lists_ = 0;
    runtime::Condition listed_;
    std::set<std::string> subscribed_;
    std::optional<net::HttpServer> server_;

    telemetry::MetricRegistry registry_;
    CollectorMetrics metrics_{registry_};
    bus::Connection bus_{runner_.executor(), {}};
    bus::DeadLetters dead_letters_{bus_, {}};
    testing::ManualClock clock_;
    testing::FakeKeyValue bucket_{clock_};
    Budgets budgets_{bucket_, [] { return true; }, 0.1, registry_};
    testing::TempDir folder_;
    SpoolRecovery recovery_;
    std::unique_ptr<Spool> spool_ = *Spool::Open({.directory = folder_.path()}, recovery_);
    Outbox outbox_{bus_, *spool_, {.unpublishable = {.directory = folder_ / "aside"}}, {}};
    Lanes lanes_{runner_.executor(), outbox_, {.producer = "collector"}, [](auto, const auto&) {}};
    ClaimWriter claims_{lanes_, "collector"};
    SeriesTable series_;
    std::optional<Feed> feed_;
};

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
    peer.share.view = feed_->GetShare()->view;
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

}  // namespace
}  // namespace mp::collector
