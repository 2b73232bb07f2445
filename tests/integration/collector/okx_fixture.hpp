#pragma once
// A feed of one spot instrument against OKX as it is told to be, on a free port: whoever tests says
// what each connection gives, and when it ends.

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "feed_fixture.hpp"

namespace mp::collector {

class OkxFixture : public FeedFixture {
  protected:
    OkxFixture() {
        net::Router router;
        router.Get("/api/v5/public/instruments", [](const net::HttpRequest&) { return Listed(); });
        const auto stream = [this](net::WebSocket& socket, const net::HttpRequest&) {
            return Stream(socket);
        };
        router.HandleWebSocket("/ws/v5/public", stream);
        router.HandleWebSocket("/ws/v5/business", stream);
        okx_.emplace(*net::HttpServer::Listen(runner_.executor(), {}, std::move(router)));
        runner_.Start(okx_->Run());
    }

    static Task<net::HttpResponse> Listed() {
        constexpr char kListed[] =
            R"({"code":"0","msg":"","data":[{"instType":"SPOT","instId":"BTC-USDT",)"
            R"("baseCcy":"BTC","quoteCcy":"USDT","state":"live","tickSz":"0.1","lotSz":"0.001",)"
            R"("minSz":"0.001"}]})";
        co_return net::JsonResponse(200, kListed);
    }

    // Acknowledges what is asked, and says nothing by itself.
    Task<> Stream(net::WebSocket& socket) {
        const size_t at = sockets_.size();
        sockets_.push_back(&socket);
        asked_.push_back(0);
        for (;;) {
            const auto request = co_await socket.Receive(Deadline::After(60s));
            if (!request.ok()) co_return;
            const std::string text(request->data);
            const size_t begin = text.find("{\"channel\"");
            if (begin == std::string::npos) continue;
            const std::string arg = text.substr(begin, text.find('}', begin) + 1 - begin);
            const bool leaves = text.find("unsubscribe") != std::string::npos;
            const std::string event = leaves ? "unsubscribe" : "subscribe";
            const std::string ack =
                R"({"event":")" + event + R"(","arg":)" + arg + R"(,"connId":"a"})";
            const Status sent = co_await socket.Send(ack, Deadline::After(10s));
            if (!sent.ok()) co_return;
            asked_[at] += leaves ? 0 : 1;
        }
    }

    void Follow(model::DataType type) {
        VenueConfig venue;
        venue.name = "okx_spot";
        venue.exchange = "okx";
        venue.market = model::Market::kSpot;
        venue.rest_url = "http://127.0.0.1:" + std::to_string(okx_->port());
        venue.ws_url = "ws://127.0.0.1:" + std::to_string(okx_->port());
        venue.symbols = {"BTC-USDT"};
        venue.data_types = {type};
        Collect(std::move(venue));
        ASSERT_TRUE(Asked(0, 1));
    }

    // On the connection that was opened as this one.
    void Say(size_t connection, const std::string& text) {
        const Status sent = runner_.Run(sockets_[connection]->Send(text, Deadline::After(10s)));
        EXPECT_TRUE(sent.ok()) << sent;
    }
    void End(size_t connection) { sockets_[connection]->Cut(); }

    bool Asked(size_t connection, int times) {
        return Await([&] { return asked_.size() > connection && asked_[connection] == times; });
    }
    bool Received(uint64_t events) {
        return Await([&] { return feed_->Series().front()->messages == events; });
    }
    bool BookIsAt(uint64_t id) {
        return Await([&] {
            const BookKeeper* book = feed_->FindBook("BTC-USDT");
            return book != nullptr && book->state() == BookKeeper::State::kSynced &&
                   book->last_update_id() == id;
        });
    }
    bool Resynced(int times) {
        return Says("marketprism_book_resyncs_total{exchange=\"okx\"} " + std::to_string(times));
    }
    bool Comes(const std::string& metric) {
        return Await([&] { return Says(metric); });
    }

    uint64_t Gaps() {
        feed_->CollectCoverage(DefaultClock().Now(), DefaultClock().Steady());
        return feed_->Series().front()->gaps;
    }

    std::optional<net::HttpServer> okx_;
    std::vector<net::WebSocket*> sockets_;
    std::vector<int> asked_;
};

}  // namespace mp::collector
