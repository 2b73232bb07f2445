// A link against a server that behaves as Binance's does at an address which it has left: it takes
// subscriptions, acknowledges them, and never sends anything.
#include "collector/feed/link.hpp"

#include <gtest/gtest.h>
#include <map>
#include <optional>

#include "base/time.hpp"
#include "collector/venues/registry.hpp"
#include "net/http_server.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "testing/run_task.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

constexpr char kMarkPrice[] =
    R"({"stream":"btcusd_perp@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000001000,"s":"BTCUSD_PERP","p":"61000.1","P":"61001.5","i":"60990.1","r":"0.0003","T":1700006400000,"st":2}})";

LinkConfig Impatient() {
    LinkConfig config;
    config.watchdog.connection_silence = 200ms;
    config.reconnect.base = 10ms;
    config.reconnect.max = 20ms;
    return config;
}

class LinkTest : public ::testing::Test, protected LinkOwner {
  protected:
    LinkTest() {
        net::Router router;
        const auto gone = [this](net::WebSocket& socket, const net::HttpRequest&) {
            return Serve(socket, {});
        };
        const auto there = [this](net::WebSocket& socket, const net::HttpRequest&) {
            return Serve(socket, kMarkPrice);
        };
        router.HandleWebSocket("/stream", gone);
        router.HandleWebSocket("/market/stream", there);
        server_.emplace(*net::HttpServer::Listen(runner_.executor(), {}, std::move(router)));
        runner_.Start(server_->Run());

        VenueConfig config;
        config.exchange = "binance";
        config.market = model::Market::kInverse;
        config.ws_url = "ws://127.0.0.1:" + std::to_string(server_->port());
        venue_ = std::move(*MakeVenue(config));
        symbols_.Set("BTCUSD_PERP", 3);
    }

    // Acknowledges the first request, then says `text` where there is any.
    Task<> Serve(net::WebSocket& socket, std::string text) {
        ++connections_;
        const auto request = co_await socket.Receive(Deadline::After(30s));
        if (!request.ok()) co_return;
        requests_.emplace_back(request->data);
        const Status acked = co_await socket.Send(R"({"result":null,"id":1})", Soon());
        if (!acked.ok()) co_return;
        if (!text.empty()) static_cast<void>(co_await socket.Send(text, Soon()));
        for (bool open = true; open;) {
            const auto received = co_await socket.Receive(Deadline::After(30s));
            open = received.ok();
        }
    }

    static Deadline Soon() { return Deadline::After(10s); }

    Task<Status> UntilEvents(int count) {
        while (events_ < count) co_await changed_.Wait(Soon());
        co_return OkStatus();
    }

    Task<Status> UntilFlowing() {
        while (flowing_.empty()) co_await changed_.Wait(Soon());
        co_return OkStatus();
    }

    void OnEvent(Link&, Session&, InstrumentId instrument, const model::Event&, const ChainLink*)
        override {
        EXPECT_EQ(instrument, 3u);
        ++events_;
        changed_.NotifyAll();
    }
    void OnSkipped(Link&, Session&, InstrumentId, model::DataType, Nanos, const ChainLink&)
        override {}
    void OnBadMessage(Link&, const ParseResult&, std::string_view frame) override {
        ADD_FAILURE() << frame;
    }
    void OnLost(Link&, const ParseResult&) override {}
    void OnIgnored(Link&) override {}
    void OnFlowing(Link&, const std::string& channel) override {
        ++flowing_[channel];
        changed_.NotifyAll();
    }
    void OnRefused(Link&, const std::string&, std::string_view why) override {
        ADD_FAILURE() << why;
    }
    void OnReplaced(Link&) override {}
    void OnReplacementGone(Link&, std::string_view) override {}
    void OnBroken(Link&, std::string_view reason, const Watermark&) override {
        broken_.emplace_back(reason);
    }
    void OnStateChanged(Link&) override {}
    void OnBurstEnd(Link&) override {}
    void OnSilent(Link&, reliability::Watchdog::Channel) override {}

    testing::TaskRunner runner_;
    std::optional<net::HttpServer> server_;
    std::unique_ptr<Venue> venue_;
    SymbolTable symbols_;
    runtime::Condition changed_;
    int connections_ = 0;
    std::vector<std::string> requests_;
    int events_ = 0;
    std::map<std::string, int> flowing_;
    std::vector<std::string> broken_;
};

TEST_F(LinkTest, LeavesAnAddressThatStaysSilentForTheNextOne) {
    LinkOwner& owner = *this;
    Link link(runner_.executor(), *venue_, symbols_, Impatient(), "coin/1", "market", owner);
    link.watchdog().Add(DefaultClock().Steady());
    link.Add({"btcusd_perp@markPrice@1s"});
    const Status ended = runner_.Run(runtime::FirstOf(UntilEvents(2), link.Run()));
    EXPECT_TRUE(ended.ok()) << ended;
    // Mark price and funding of one message; it stays where they come from.
    EXPECT_EQ(events_, 2);
    EXPECT_EQ(connections_, 2);
    EXPECT_EQ(broken_, std::vector<std::string>{"silence"});
    EXPECT_EQ(flowing_["btcusd_perp@markPrice@1s"], 2);
}

TEST_F(LinkTest, SubscribesOnceToAChannelThatSeveralTypesName) {
    LinkOwner& owner = *this;
    LinkConfig config;
    Link link(runner_.executor(), *venue_, symbols_, config, "coin/1", "market", owner);
    link.Add({"btcusd_perp@markPrice@1s"});
    link.Add({"btcusd_perp@markPrice@1s"});
    EXPECT_EQ(link.size(), 1u);
    const Status ended = runner_.Run(runtime::FirstOf(UntilFlowing(), link.Run()));
    EXPECT_TRUE(ended.ok()) << ended;
    ASSERT_EQ(requests_.size(), 1u);
    EXPECT_EQ(
        requests_[0], R"({"method":"SUBSCRIBE","params":["btcusd_perp@markPrice@1s"],"id":1})"
    );
}

}  // namespace
}  // namespace mp::collector
