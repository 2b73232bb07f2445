#include <future>
#include <gtest/gtest.h>

#include "exchange-sim/test_client.hpp"

namespace mp::sim::testing {
namespace {

std::string Combined(const std::string& stream, const std::string& data) {
    return R"({"stream":")" + stream + R"(","data":)" + data + "}";
}

std::string Delta(int first, int last, const std::string& bid_quantity) {
    return R"({"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":)" + std::to_string(first) +
           R"(,"u":)" + std::to_string(last) + R"(,"b":[["100.50",")" + bid_quantity +
           R"("]],"a":[]})";
}

const char* const kTrade =
    R"({"e":"trade","E":1700000000001,"s":"BTCUSDT","t":7,"p":"100.50","q":"1","T":1,"m":true})";
const char* const kSnapshot =
    R"({"lastUpdateId":15,"bids":[["100.50","3"]],"asks":[["101.00","4"]]})";

Options Replaying(const std::string& path) {
    Options options;
    options.replay = path;
    options.speed = 0;
    return options;
}

class SimulatorReplay : public ::testing::Test {
  protected:
    SimulatorReplay() : capture_("sim_replay") {
        capture_.Message(Combined("btcusdt@depth@100ms", Delta(10, 12, "1")));
        capture_.Message(kTrade);
        capture_.Snapshot("BTCUSDT", kSnapshot);
        capture_.Message(Combined("btcusdt@depth@100ms", Delta(13, 16, "5")));
        capture_.Message(Combined("btcusdt@depth@100ms", Delta(17, 20, "0.0")));
        path_ = capture_.Finish();
    }

    CaptureWriter capture_;
    std::string path_;
};

TEST_F(SimulatorReplay, WaitsForItsSubscribersAndHoldsTheSnapshot) {
    RunningSimulator sim(Replaying(path_));
    EXPECT_EQ(SimStatus(sim.port())["waiting_for"].size(), 2u);
    auto snapshot = std::async(std::launch::async, [&] {
        return Get(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=1000").body;
    });
    WsClient client(sim.port(), "/stream");
    client.Subscribe({"btcusdt@depth@100ms", "btcusdt@trade"});
    client.ReadJson();
    EXPECT_EQ(client.Read(), Combined("btcusdt@depth@100ms", Delta(10, 12, "1")));
    EXPECT_EQ(client.Read(), Combined("btcusdt@trade", kTrade));
    EXPECT_EQ(snapshot.get(), kSnapshot);
    EXPECT_EQ(client.Read(), Combined("btcusdt@depth@100ms", Delta(13, 16, "5")));
    EXPECT_EQ(client.Read(), Combined("btcusdt@depth@100ms", Delta(17, 20, "0.0")));
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["done"] == true; }));
    // No further recorded snapshot: the simulator's own book, as a resynchronisation needs it.
    EXPECT_EQ(
        Get(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=1000").body,
        R"({"lastUpdateId":20,"bids":[],"asks":[["101.00","4"]]})"
    );
}

TEST_F(SimulatorReplay, LoopsOverTheSameBytes) {
    Options options = Replaying(path_);
    options.loop = true;
    RunningSimulator sim(options);
    WsClient client(sim.port(), "/ws/btcusdt@depth@100ms/btcusdt@trade");
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(client.Read(), Delta(10, 12, "1")) << round;
        EXPECT_EQ(client.Read(), kTrade) << round;
        EXPECT_EQ(client.Read(), Delta(13, 16, "5")) << round;
        EXPECT_EQ(client.Read(), Delta(17, 20, "0.0")) << round;
        EXPECT_GE(SimStatus(sim.port())["rounds"], round);
    }
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["rounds"] >= 3; }));
    EXPECT_EQ(SimStatus(sim.port())["done"], false);
    // It has ids that were there before: who asks gets a book to bridge from all the same.
    EXPECT_LE(GetJson(sim.port(), "/api/v3/depth?symbol=BTCUSDT")["lastUpdateId"], 20);
    // Whoever subscribes later finds himself anywhere in a round.
    WsClient late(sim.port(), "/ws/btcusdt@trade");
    EXPECT_EQ(late.Read(), kTrade);
    EXPECT_EQ(late.Read(), kTrade);
}

TEST_F(SimulatorReplay, ServesTheBareFormWithTheSameBytes) {
    RunningSimulator sim(Replaying(path_));
    WsClient client(sim.port(), "/ws/btcusdt@depth@100ms/btcusdt@trade");
    EXPECT_EQ(client.Read(), Delta(10, 12, "1"));
    EXPECT_EQ(client.Read(), kTrade);
}

TEST_F(SimulatorReplay, EmitsTheConfigurationOfACollector) {
    Options options = Replaying(path_);
    options.emit_config = path_ + ".yaml";
    options.advertise = "127.0.0.1";
    RunningSimulator sim(options);
    std::ifstream in(options.emit_config);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_NE(text.find("symbols: [\"BTC-USDT\"]"), std::string::npos) << text;
    EXPECT_NE(text.find("data_types: [book_delta, trade]"), std::string::npos) << text;
    EXPECT_NE(text.find(":" + std::to_string(sim.port())), std::string::npos) << text;
    std::filesystem::remove(options.emit_config);
}

TEST_F(SimulatorReplay, SendsRecordedTimesToWhoAsksForThem) {
    Options options = Replaying(path_);
    options.recorded_clock = true;
    RunningSimulator sim(options);
    WsClient client(
        sim.port(), "/stream?streams=btcusdt@depth@100ms/btcusdt@trade&simClock=recorded"
    );
    EXPECT_EQ(client.Read(), R"({"sim":"clock","ns":1700000000000000001})");
    EXPECT_EQ(client.ReadJson()["stream"], "btcusdt@depth@100ms");
}

TEST(SimulatorCapture, ServesContractsAtTheirOwnAddresses) {
    const std::string delta =
        R"({"e":"depthUpdate","E":1700000000000,"T":1700000000000,"s":"BTCUSDT","U":10,"u":17,"pu":9,"b":[["1","2"]],"a":[]})";
    const std::string mark =
        R"({"e":"markPriceUpdate","E":1700000000000,"s":"BTCUSDT","p":"1","i":"1","P":"1","r":"0.1","T":1700006400000})";
    CaptureWriter capture("sim_contracts", "linear");
    capture.Snapshot("BTCUSDT", R"({"lastUpdateId":15,"E":2,"T":1,"bids":[],"asks":[]})");
    capture.Message(Combined("btcusdt@depth@0ms", delta));
    capture.Message(Combined("btcusdt@markPrice@1s", mark));
    Options options = Replaying(capture.Finish());
    options.emit_config = "sim_contracts.yaml";
    RunningSimulator sim(options);
    std::ifstream in(options.emit_config);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    EXPECT_NE(text.find("market: linear"), std::string::npos) << text;
    EXPECT_NE(text.find("symbols: [\"BTC-USDT-PERP\"]"), std::string::npos) << text;
    EXPECT_NE(text.find("data_types: [book_delta, funding_rate, mark_price]"), std::string::npos);
    EXPECT_NE(text.find("book_stream: depth@0ms"), std::string::npos) << text;
    std::filesystem::remove(options.emit_config);

    EXPECT_EQ(Get(sim.port(), "/api/v3/depth?symbol=BTCUSDT").status, 404u);
    auto snapshot = std::async(std::launch::async, [&] {
        return GetJson(sim.port(), "/fapi/v1/depth?symbol=BTCUSDT&limit=1000");
    });
    WsClient books(sim.port(), "/public/stream");
    // Acknowledged here, served elsewhere.
    books.Subscribe({"btcusdt@depth@0ms", "btcusdt@markPrice@1s"});
    EXPECT_TRUE(books.ReadJson()["result"].is_null());
    EXPECT_EQ(SimStatus(sim.port())["waiting_for"].size(), 1u);
    WsClient rest(sim.port(), "/market/stream");
    rest.Subscribe({"btcusdt@markPrice@1s"});
    EXPECT_EQ(snapshot.get()["lastUpdateId"], 15);
    EXPECT_EQ(books.Read(), Combined("btcusdt@depth@0ms", delta));
    rest.ReadJson();
    EXPECT_EQ(rest.Read(), Combined("btcusdt@markPrice@1s", mark));
}

TEST(SimulatorCapture, AfterACutTheRestWaitsForTheClient) {
    constexpr int kDeltas = 3000;
    CaptureWriter capture("sim_cut");
    capture.Snapshot("BTCUSDT", kSnapshot);
    for (int id = 16; id < 16 + kDeltas; ++id) {
        capture.Message(Combined("btcusdt@depth@100ms", Delta(id, id, std::to_string(id))));
    }
    Options options = Replaying(capture.Finish());
    options.faults.push_back(*ParseFault("at=1000,kind=cut"));
    RunningSimulator sim(options);
    const auto depth = [&] {
        return GetJson(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=1000");
    };
    auto first_snapshot = std::async(std::launch::async, depth);
    WsClient first(sim.port(), "/ws/btcusdt@depth@100ms");
    first.ReadToEnd();
    EXPECT_EQ(first_snapshot.get()["lastUpdateId"], 15);
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["connections"] == 0; }));

    // Message 1000 was withheld, and nothing was sent since.
    EXPECT_EQ(depth()["lastUpdateId"], 1015);
    WsClient second(sim.port(), "/ws/btcusdt@depth@100ms");
    EXPECT_EQ(second.ReadJson()["U"], 1016);
    for (int id = 1017; id < 16 + kDeltas; ++id) ASSERT_EQ(second.ReadJson()["u"], id);
    const Json book = depth();
    EXPECT_EQ(book["lastUpdateId"], 15 + kDeltas);
    EXPECT_EQ(book["bids"][0][1], std::to_string(15 + kDeltas));
}

TEST(SimulatorCapture, ASilenceHoldsTheReplayWithoutLoss) {
    CaptureWriter capture("sim_silent");
    for (int id = 1; id <= 200; ++id) {
        capture.Message(Combined("btcusdt@depth@100ms", Delta(id, id, "1")));
    }
    Options options = Replaying(capture.Finish());
    options.faults.push_back(*ParseFault("at=100,kind=silent,seconds=0.2"));
    RunningSimulator sim(options);
    const auto began = std::chrono::steady_clock::now();
    WsClient client(sim.port(), "/ws/btcusdt@depth@100ms");
    for (int id = 1; id <= 200; ++id) {
        EXPECT_EQ(client.ReadJson()["u"], id);
    }
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(200));
}

TEST(SimulatorCapture, AMidstreamCaptureGivesNoBook) {
    CaptureWriter capture("sim_midstream");
    capture.Message(Combined("btcusdt@depth@100ms", Delta(10, 12, "1")));
    RunningSimulator sim(Replaying(capture.Finish()));
    const auto reply = Get(sim.port(), "/api/v3/depth?symbol=BTCUSDT");
    EXPECT_EQ(reply.status, 503u);
    EXPECT_EQ(Json::parse(reply.body)["code"], -1001);
}

TEST(SimulatorCapture, RefusesWhatIsNoCapture) {
    CaptureWriter empty("sim_empty");
    EXPECT_THROW(RunningSimulator(Replaying(empty.Finish())), std::runtime_error);
    EXPECT_THROW(RunningSimulator(Replaying("/nonexistent")), std::runtime_error);
}

}  // namespace
}  // namespace mp::sim::testing
