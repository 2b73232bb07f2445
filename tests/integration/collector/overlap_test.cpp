// While a connection takes over from another, both carry everything: which of the two sockets is
// read first is no gap, and what neither gave is exactly one. OKX, whose books begin in the stream.
#include "base/time.hpp"
#include "feed_fixture.hpp"

namespace mp::collector {
namespace {

constexpr char kArg[] = R"("arg":{"channel":"books","instId":"BTC-USDT"})";
constexpr char kNotice[] =
    R"({"event":"notice","code":"64008","msg":"The connection will soon be closed.","connId":"a"})";
constexpr char kListed[] =
    R"({"code":"0","msg":"","data":[{"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","state":"live","tickSz":"0.1","lotSz":"0.001","minSz":"0.001"}]})";

std::string Message(const char* action, int64_t previous, int64_t last) {
    const std::string time = std::to_string(1'700'000'000'000 + last * 100);
    return std::string("{") + kArg + R"(,"action":")" + action +
           R"(","data":[{"asks":[["200","1","0","1"]],"bids":[["100",")" + std::to_string(last) +
           R"(","0","1"]],"ts":")" + time + R"(","checksum":0,"prevSeqId":)" +
           std::to_string(previous) + R"(,"seqId":)" + std::to_string(last) + "}]}";
}

std::string Snapshot(int64_t id) {
    return Message("snapshot", -1, id);
}

std::string Update(int64_t previous, int64_t last) {
    return Message("update", previous, last);
}

class OverlapTest : public FeedFixture {
  protected:
    OverlapTest() {
        net::Router router;
        router.Get("/api/v5/public/instruments", [](const net::HttpRequest&) { return Listed(); });
        router.HandleWebSocket(
            "/ws/v5/public",
            [this](net::WebSocket& socket, const net::HttpRequest&) { return Stream(socket); }
        );
        okx_.emplace(*net::HttpServer::Listen(runner_.executor(), {}, std::move(router)));
        runner_.Start(okx_->Run());
    }

    static Task<net::HttpResponse> Listed() { co_return net::JsonResponse(200, kListed); }

    // Acknowledges what is asked, and says nothing by itself.
    Task<> Stream(net::WebSocket& socket) {
        const size_t at = sockets_.size();
        sockets_.push_back(&socket);
        asked_.push_back(0);
        for (;;) {
            const auto request = co_await socket.Receive(Deadline::After(60s));
            if (!request.ok()) co_return;
            if (request->data.find("\"args\"") == std::string_view::npos) continue;
            const bool leaves = request->data.find("unsubscribe") != std::string_view::npos;
            const std::string event = leaves ? "unsubscribe" : "subscribe";
            const std::string ack = R"({"event":")" + event + "\"," + kArg + R"(,"connId":"a"})";
            const Status sent = co_await socket.Send(ack, Deadline::After(10s));
            if (!sent.ok()) co_return;
            asked_[at] += leaves ? 0 : 1;
        }
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
    bool Received(uint64_t updates) {
        return Await([&] { return feed_->Series().front()->messages == updates; });
    }
    bool BookIsAt(uint64_t id) {
        return Await([&] {
            const BookKeeper* book = feed_->FindBook("BTC-USDT");
            return book != nullptr && book->state() == BookKeeper::State::kSynced &&
                   book->last_update_id() == id;
        });
    }

    // One connection with a book at 11, and one beside it that is to take over.
    void Begin() {
        VenueConfig venue;
        venue.name = "okx_spot";
        venue.exchange = "okx";
        venue.market = model::Market::kSpot;
        venue.rest_url = "http://127.0.0.1:" + std::to_string(okx_->port());
        venue.ws_url = "ws://127.0.0.1:" + std::to_string(okx_->port());
        venue.symbols = {"BTC-USDT"};
        venue.data_types = {model::DataType::kBookDelta};
        config_.link.overlap = 1h;
        Collect(std::move(venue));
        ASSERT_TRUE(Asked(0, 1));
        Say(0, Snapshot(10));
        Say(0, Update(10, 11));
        ASSERT_TRUE(BookIsAt(11));
        Say(0, kNotice);
        ASSERT_TRUE(Asked(1, 1));
    }

    uint64_t Gaps() {
        feed_->CollectCoverage(DefaultClock().Now(), DefaultClock().Steady());
        return feed_->Series().front()->gaps;
    }
    bool Resynced(int times) {
        return Says("marketprism_book_resyncs_total{exchange=\"okx\"} " + std::to_string(times));
    }

    std::optional<net::HttpServer> okx_;
    std::vector<net::WebSocket*> sockets_;
    std::vector<int> asked_;
};

TEST_F(OverlapTest, WhatTheNewConnectionGivesFirstWaitsForTheOldOne) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Say(1, Snapshot(13));
    Say(1, Update(13, 14));
    Say(1, Update(14, 15));
    ASSERT_TRUE(Received(3));
    EXPECT_TRUE(BookIsAt(11)) << "what lies between is on its way";
    Say(0, Update(11, 12));
    Say(0, Update(12, 13));
    EXPECT_TRUE(BookIsAt(15));
    Say(0, Update(13, 14));
    Say(0, Update(14, 15));
    ASSERT_TRUE(Received(7));
    EXPECT_TRUE(BookIsAt(15));
    EXPECT_EQ(Gaps(), 0u);
    EXPECT_TRUE(Resynced(1)) << "at its begin";
}

TEST_F(OverlapTest, TheNewConnectionGoesOnWhereTheOldOneEnds) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Say(1, Snapshot(11));
    Say(1, Update(11, 12));
    Say(1, Update(12, 13));
    EXPECT_TRUE(BookIsAt(13));
    End(0);
    Say(1, Update(13, 14));
    EXPECT_TRUE(BookIsAt(14));
    EXPECT_EQ(Gaps(), 0u);
    EXPECT_TRUE(Resynced(1));
}

TEST_F(OverlapTest, WhatNeitherGaveIsOneGap) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Say(1, Snapshot(13));
    Say(1, Update(13, 14));
    ASSERT_TRUE(Received(2));
    End(0);
    ASSERT_TRUE(Asked(1, 2)) << "for a book that holds what is missing";
    Say(1, Snapshot(14));
    Say(1, Update(14, 15));
    EXPECT_TRUE(BookIsAt(15));
    EXPECT_EQ(Gaps(), 1u);
    EXPECT_TRUE(Resynced(2));
}

}  // namespace
}  // namespace mp::collector
