#include <future>
#include <gtest/gtest.h>
#include <map>

#include "exchange-sim/garbage.hpp"
#include "exchange-sim/test_client.hpp"

namespace mp::sim::testing {
namespace {

Options Generated(double rate = 2000) {
    Options options;
    options.generate = true;
    options.symbols = "BTC-USDT";
    options.rate = rate;
    return options;
}

const char* const kDepth = "/ws/btcusdt@depth@100ms";

// Reads deltas until one does not continue the one before; the number of missing ids.
std::int64_t FirstGap(WsClient& client, std::int64_t last) {
    while (true) {
        const Json delta = client.ReadJson();
        const std::int64_t first = delta["U"];
        if (first != last + 1) return first - last - 1;
        last = delta["u"];
    }
}

TEST(SimulatorFaults, ADroppedDeltaLeavesAGap) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kDepth);
    const std::int64_t last = client.ReadJson()["u"];
    AddFault(sim.port(), {{"kind", "drop_delta"}, {"symbol", "BTCUSDT"}});
    EXPECT_GT(FirstGap(client, last), 0);
    EXPECT_EQ(SimStatus(sim.port())["withheld"], 1);
}

TEST(SimulatorFaults, ACutEndsTheConnectionWithoutGoodbye) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kDepth);
    client.ReadJson();
    AddFault(sim.port(), {{"kind", "cut"}});
    EXPECT_FALSE(client.ReadToEnd().closed_properly);
    EXPECT_EQ(SimStatus(sim.port())["connections"], 0);
}

TEST(SimulatorFaults, SilenceKeepsTheConnection) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kDepth);
    const std::int64_t last = client.ReadJson()["u"];
    AddFault(sim.port(), {{"kind", "silent"}, {"seconds", 0.5}});
    const auto began = std::chrono::steady_clock::now();
    std::int64_t first = last + 1;
    std::int64_t expected = last + 1;
    while (first == expected) {
        const Json delta = client.ReadJson();
        first = delta["U"];
        if (first == expected) expected = delta["u"].get<std::int64_t>() + 1;
    }
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(400));
}

TEST(SimulatorFaults, GarbageOfEveryKindGoesBetweenTheMessages) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/btcusdt@trade");
    client.ReadJson();
    AddFault(sim.port(), {{"kind", "garbage"}, {"variant", "huge"}});
    std::size_t largest = 0;
    while (largest < 6u << 20) largest = std::max(largest, client.Read().size());
    AddFault(sim.port(), {{"kind", "garbage"}, {"variant", "nested"}});
    std::string nested = client.Read();
    while (!nested.starts_with("[[[[")) nested = client.Read();
    AddFault(sim.port(), {{"kind", "garbage"}, {"variant", "wrong_type"}});
    Json wrong = client.ReadJson();
    while (!wrong["p"].is_object()) wrong = client.ReadJson();
    EXPECT_EQ(client.ReadJson()["e"], "trade");
}

TEST(SimulatorFaults, ADuplicateIsSentTwiceAndReorderSwaps) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/btcusdt@trade");
    client.ReadJson();
    AddFault(sim.port(), {{"kind", "duplicate"}});
    std::string before = client.Read();
    for (std::string next = client.Read(); next != before; next = client.Read()) before = next;

    AddFault(sim.port(), {{"kind", "reorder"}});
    std::int64_t last = Json::parse(before)["t"];
    std::int64_t next = client.ReadJson()["t"];
    while (next == last + 1) last = std::exchange(next, client.ReadJson()["t"].get<std::int64_t>());
    EXPECT_EQ(next, last + 2);
    EXPECT_EQ(client.ReadJson()["t"], last + 1);
    EXPECT_EQ(client.ReadJson()["t"], last + 3);
}

TEST(SimulatorFaults, HttpFaultsHitTheNextRequests) {
    RunningSimulator sim(Generated());
    AddFault(sim.port(), {{"kind", "http_429"}, {"n", 2}, {"retry_after", 7}});
    const auto limited = Get(sim.port(), "/api/v3/depth?symbol=BTCUSDT");
    EXPECT_EQ(limited.status, 429u);
    EXPECT_EQ(limited.retry_after, "7");
    EXPECT_EQ(Get(sim.port(), "/api/v3/ping").status, 429u);
    EXPECT_EQ(Get(sim.port(), "/api/v3/ping").status, 200u);
    AddFault(sim.port(), {{"kind", "http_418"}, {"retry_after", 60}});
    EXPECT_EQ(Get(sim.port(), "/api/v3/ping").status, 418u);
    AddFault(sim.port(), {{"kind", "http_429"}, {"variant", "403"}});
    const auto forbidden = Get(sim.port(), "/api/v3/ping");
    EXPECT_EQ(forbidden.status, 403u);
    EXPECT_EQ(forbidden.retry_after, "");
    AddFault(sim.port(), {{"kind", "http_500"}});
    EXPECT_EQ(Get(sim.port(), "/api/v3/ping").status, 500u);
    AddFault(sim.port(), {{"kind", "http_hang"}, {"seconds", 0.1}});
    EXPECT_ANY_THROW(Get(sim.port(), "/api/v3/ping"));
}

TEST(SimulatorFaults, AStaleSnapshotCannotBridge) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kDepth);
    const std::int64_t first = client.ReadJson()["U"];
    AddFault(sim.port(), {{"kind", "stale_snapshot"}});
    const Json stale = GetJson(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=5");
    EXPECT_LT(stale["lastUpdateId"].get<std::int64_t>() + 1, first);
    const Json good = GetJson(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=5");
    EXPECT_GE(good["lastUpdateId"].get<std::int64_t>() + 1, first);
}

TEST(SimulatorFaults, AnnouncesAShutdownAndThenCloses) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), kDepth);
    AddFault(sim.port(), {{"kind", "shutdown_notice"}, {"seconds", 0.2}});
    Json message = client.ReadJson();
    while (message["e"] != "serverShutdown") message = client.ReadJson();
    EXPECT_TRUE(client.ReadToEnd().closed_properly);
}

TEST(SimulatorFaults, ScheduledFaultsWaitForTheirMessage) {
    Options options = Generated();
    options.faults.push_back(*ParseFault("at=50,kind=cut"));
    RunningSimulator sim(options);
    WsClient client(sim.port(), "/ws/btcusdt@bookTicker");
    client.ReadToEnd();
    EXPECT_EQ(SimStatus(sim.port())["sent"], 49);
    EXPECT_EQ(SimStatus(sim.port())["withheld"], 1);
}

TEST(SimulatorEvidence, TheLogHoldsEveryFrameAndHowManyWereHandedOver) {
    const std::string log = std::filesystem::temp_directory_path() /
                            ("sim_evidence." + std::to_string(::getpid()) + ".log");
    Options options = Generated();
    options.log = log;
    options.count = 500;
    std::map<int, std::string> received;
    {
        RunningSimulator sim(options);
        WsClient client(sim.port(), "/stream?streams=btcusdt@trade/btcusdt@depth@100ms");
        for (int i = 1; i <= 500; ++i) received[i] = client.Read();
        EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["done"] == true; }));
        AddFault(sim.port(), {{"kind", "cut"}});
    }
    int sent = 0;
    bool closed = false;
    for (const Json& entry : ReadLog(log)) {
        if (entry["what"] == "sent") {
            ++sent;
            EXPECT_EQ(entry["n"], sent);
            const std::string wrapped = received[sent];
            EXPECT_NE(wrapped.find(entry["raw"].get<std::string>()), std::string::npos);
            EXPECT_EQ(Json::parse(wrapped)["stream"], entry["stream"]);
        } else if (entry["what"] == "conn_closed") {
            closed = true;
            EXPECT_EQ(entry["frames_logged"], 500);
            EXPECT_EQ(entry["frames_handed_over"], 500);
        }
    }
    EXPECT_EQ(sent, 500);
    EXPECT_TRUE(closed);
    std::filesystem::remove(log);
}

TEST(SimulatorControl, PausesResumesAndStopsTheMarket) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/btcusdt@trade");
    client.ReadJson();
    const auto post = [&](const char* path) { return Post(sim.port(), path).status; };
    EXPECT_EQ(post("/sim/pause"), 200u);
    const Json paused = SimStatus(sim.port());
    EXPECT_EQ(paused["paused"], true);
    EXPECT_EQ(SimStatus(sim.port())["sent"], paused["sent"]);
    EXPECT_EQ(post("/sim/resume"), 200u);
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["sent"] > paused["sent"]; }));
    EXPECT_EQ(post("/sim/stop_market"), 200u);
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["done"] == true; }));
    EXPECT_EQ(post("/sim/nothing"), 404u);
    EXPECT_EQ(Get(sim.port(), "/sim/fault").status, 405u);
}

TEST(SimulatorControl, AwaitsThatEveryClientHasReadEverything) {
    Options options = Generated();
    options.count = 100;
    RunningSimulator sim(options);
    WsClient client(sim.port(), "/ws/btcusdt@trade");
    EXPECT_TRUE(Eventually([&] { return SimStatus(sim.port())["done"] == true; }));
    const int sent = SimStatus(sim.port())["sent"];
    auto answer = std::async(std::launch::async, [&] {
        return Post(sim.port(), "/sim/await_readers").status;
    });
    for (int i = 0; i < sent; ++i) {
        client.ReadJson();
        EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    }
    // Its pong goes out with the next read, which gets nothing but the end.
    auto end = std::async(std::launch::async, [&] { return client.ReadToEnd(); });
    EXPECT_EQ(answer.get(), 200u);
    AddFault(sim.port(), {{"kind", "cut"}});
    end.get();
}

TEST(SimulatorControl, AwaitsNobodyWhoIsGone) {
    RunningSimulator sim(Generated());
    WsClient client(sim.port(), "/ws/btcusdt@trade");
    client.ReadJson();
    auto answer = std::async(std::launch::async, [&] {
        return Post(sim.port(), "/sim/await_readers").status;
    });
    AddFault(sim.port(), {{"kind", "cut"}});
    EXPECT_EQ(answer.get(), 200u);
}

TEST(SimulatorControl, AsksNobodyWhileAllIsSilent) {
    RunningSimulator sim(Generated());
    AddFault(sim.port(), {{"kind", "silent"}, {"seconds", 60}});
    EXPECT_EQ(Post(sim.port(), "/sim/await_readers").status, 409u);
}

TEST(SimulatorBurst, ServesMadeFramesAtFullSpeedAndBridges) {
    Options options;
    options.generate = true;
    options.symbols = "BTC-USDT";
    options.burst = true;
    options.count = 5000;
    RunningSimulator sim(options);
    WsClient client(
        sim.port(),
        "/stream?streams=btcusdt@trade/btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@ticker/"
        "btcusdt@kline_1m"
    );
    const Json snapshot = GetJson(sim.port(), "/api/v3/depth?symbol=BTCUSDT&limit=1000");
    std::int64_t last = snapshot["lastUpdateId"];
    for (int i = 0; i < 5000; ++i) {
        const Json message = client.ReadJson();
        if (message["stream"] != "btcusdt@depth@100ms") continue;
        EXPECT_LE(message["data"]["U"].get<std::int64_t>(), last + 1);
        last = message["data"]["u"];
    }
    EXPECT_EQ(SimStatus(sim.port())["sent"], 5000);
}

}  // namespace
}  // namespace mp::sim::testing
