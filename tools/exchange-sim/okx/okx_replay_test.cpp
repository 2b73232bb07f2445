// Recordings of OKX, served again.

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "exchange-sim/okx/checksum.hpp"
#include "exchange-sim/okx/okx_client.hpp"

namespace mp::sim::testing {
namespace {

std::string Delta(int previous, int last) {
    return R"({"arg":{"channel":"books","instId":"A-USDT"},"action":"update","data":[{"asks":[],)"
           R"("bids":[["10",")" +
           std::to_string(last) + R"(","0","1"]],"ts":"1700000000001","checksum":0,"prevSeqId":)" +
           std::to_string(previous) + R"(,"seqId":)" + std::to_string(last) + "}]}";
}

TEST(OkxReplay, ServesACaptureAsItWasAndItsBookToWhoComesLater) {
    CaptureWriter capture("sim_okx", "spot", "okx");
    const std::string ack = R"({"event":"subscribe","arg":{"channel":"books","instId":"A-USDT"}})";
    const std::string snapshot =
        R"({"arg":{"channel":"books","instId":"A-USDT"},"action":"snapshot","data":[{"asks":)"
        R"([["11","1","0","1"]],"bids":[["10","5","0","1"]],"ts":"1700000000000","checksum":0,)"
        R"("prevSeqId":-1,"seqId":5}]})";
    const std::string trade =
        R"({"arg":{"channel":"trades","instId":"A-USDT"},"data":[{"instId":"A-USDT","tradeId":)"
        R"("7","px":"10.5","sz":"1","side":"buy","ts":"1700000000000"}]})";
    capture.Message(ack);
    capture.Message(snapshot);
    capture.Message(trade);
    for (int i = 5; i < 2005; ++i) capture.Message(Delta(i, i + 1));
    Options options;
    options.replay = capture.Finish();
    options.speed = 0;
    options.faults.push_back(*ParseFault("at=1000,kind=cut"));
    RunningSimulator sim(options);
    EXPECT_EQ(SimStatus(sim.port())["waiting_for"], Json::array({"books:A-USDT", "trades:A-USDT"}));
    {
        WsClient client(sim.port(), "/ws/v5/public");
        client.Send(Json{
            {"op", "subscribe"}, {"args", {Arg("books", "A-USDT"), Arg("trades", "A-USDT")}}}
                        .dump());
        EXPECT_EQ(client.ReadJson()["event"], "subscribe");
        EXPECT_EQ(client.ReadJson()["event"], "subscribe");
        EXPECT_EQ(client.Read(), snapshot);
        EXPECT_EQ(client.Read(), trade);
        EXPECT_EQ(client.Read(), Delta(5, 6));
        client.ReadToEnd();
    }
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["connections"] == 0; }));
    const std::int64_t position = SimStatus(sim.port())["position"];
    WsClient client(sim.port(), "/ws/v5/public");
    client.Send(
        Json{{"op", "subscribe"}, {"args", {Arg("books", "A-USDT"), Arg("trades", "A-USDT")}}}.dump(
        )
    );
    Json message = NextOf(client, "books");
    EXPECT_EQ(message["action"], "snapshot");
    std::int64_t last = message["data"][0]["seqId"];
    EXPECT_EQ(last, position + 3);  // a snapshot and a trade were sent too, and ids began at 5
    while (last < 2005) {
        message = NextOf(client, "books");
        EXPECT_EQ(message["data"][0]["prevSeqId"], last);
        last = message["data"][0]["seqId"];
    }
    const Json rest = GetJson(sim.port(), "/api/v5/market/books?instId=A-USDT&sz=5");
    EXPECT_EQ(rest["data"][0]["seqId"], 2005);
    EXPECT_EQ(rest["data"][0]["bids"][0][1], "2005");
    EXPECT_EQ(
        GetJson(sim.port(), "/api/v5/market/trades?instId=A-USDT")["data"][0]["tradeId"], "7"
    );
}

std::string Numberless(
    const std::string& action,
    const std::string& bids,
    const std::vector<okx::TextLevel>& book  // bids, best first, as they are then
) {
    return R"({"arg":{"channel":"books","instId":"A-USDT"},"action":")" + action +
           R"(","data":[{"asks":[],"bids":[)" + bids + R"(],"ts":"1700000000000","checksum":)" +
           std::to_string(okx::Checksum(book, {})) + "}]}";
}

TEST(OkxReplay, ProvesNothingOfABookThatTheRecordingContradicts) {
    CaptureWriter capture("sim_okx_hole", "spot", "okx");
    capture.Message(Numberless("snapshot", R"(["10","5","0","1"])", {{"10", "5"}}));
    // Not in the capture: 9 at 1.
    for (int i = 1; i <= 20; ++i) {
        const std::string text = std::to_string(i);
        capture.Message(Numberless(
            "update", R"(["8",")" + text + R"(","0","1"])", {{"10", "5"}, {"9", "1"}, {"8", text}}
        ));
    }
    const std::vector<okx::TextLevel> whole{{"10", "5"}, {"9", "2"}, {"8", "20"}};
    capture.Message(Numberless("update", R"(["9","2","0","1"])", whole));
    Options options;
    options.replay = capture.Finish();
    options.speed = 0;
    options.faults.push_back(*ParseFault("at=10,kind=cut"));
    RunningSimulator sim(options);
    {
        WsClient first(sim.port(), "/ws/v5/public");
        Request(first, "subscribe", Arg("books", "A-USDT"));
        first.ReadToEnd();
    }
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["connections"] == 0; }));
    WsClient second(sim.port(), "/ws/v5/public");
    Request(second, "subscribe", Arg("books", "A-USDT"));
    EXPECT_EQ(second.ReadJson()["event"], "subscribe");
    const Json snapshot = NextOf(second, "books");
    EXPECT_EQ(snapshot["action"], "snapshot");
    EXPECT_EQ(snapshot["data"][0]["checksum"], 0);
    int unproven = 0;
    Json row = NextOf(second, "books")["data"][0];
    for (; row["checksum"] == 0; row = NextOf(second, "books")["data"][0]) ++unproven;
    EXPECT_EQ(unproven, 11);
    EXPECT_EQ(row["bids"][0][1], "2");
    EXPECT_EQ(row["checksum"], okx::Checksum(whole, {}));
}

}  // namespace
}  // namespace mp::sim::testing
