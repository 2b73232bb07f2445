// A generated market with faults on command, and deaths: whatever the simulator sent is in the
// stream, or inside a gap that says so.
#include <gtest/gtest.h>
#include <string>

#include "accounting.hpp"
#include "stand.hpp"
#include "testing/eventually.hpp"

namespace mp::collector_test {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> kMarket = {
    "--generate", "--symbols", "BTC-USDT,ETH-USDT", "--rate", "1000"};

size_t Count(BusLog& log, const std::string& symbol, const std::string& type) {
    return log.Of(symbol, type).events.size();
}

TEST(CollectorFaults, ADroppedDeltaIsAGapAndTheBookIsRightAgain) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "book_snapshot") > 0; }, 20s));
    stand.AskSim("fault", R"({"kind":"drop_delta","symbol":"BTCUSDT","count":1})");
    ASSERT_TRUE(log.WaitFor([&] { return !log.Of("BTCUSDT", "book_delta").gaps.empty(); }, 10s));
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "book_snapshot") > 1; }, 10s));
    const size_t before = Count(log, "BTCUSDT", "book_delta");
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "book_delta") > before + 10; }, 10s)
    );
    EXPECT_EQ(log.Of("BTCUSDT", "book_delta").gaps.size(), 1u);
    EXPECT_EQ(log.Of("BTCUSDT", "book_delta").gaps.at(0).substr(0, 13), "sequence_gap ");
    EXPECT_TRUE(log.Of("ETHUSDT", "book_delta").gaps.empty());
    EXPECT_EQ(
        stand.Metric("marketprism_book_checks_total{exchange=\"binance\",result=\"different\"}"), 0
    );
    stand.AskSim("flush", "{}");
    ExpectAllAccounted(stand, "book_delta");
}

TEST(CollectorFaults, ACutConnectionIsMadeAgainAndItsGapsAreNamed) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "bbo") > 200; }, 20s));
    stand.AskSim("fault", R"({"kind":"cut","variant":"reset"})");
    ASSERT_TRUE(log.WaitFor([&] { return !log.Of("BTCUSDT", "bbo").gaps.empty(); }, 15s));
    EXPECT_EQ(log.Of("BTCUSDT", "bbo").gaps.at(0).substr(0, 13), "disconnected ");
    const size_t trades = Count(log, "BTCUSDT", "trade");
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "trade") > trades + 20; }, 15s));
    stand.AskSim("flush", "{}");
    ExpectAllAccounted(stand, "trade");
    ExpectAllAccounted(stand, "book_delta");
}

TEST(CollectorFaults, GarbageIsCountedKeptAndNamedAndTheFeedGoesOn) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "bbo") > 100; }, 20s));
    stand.AskSim("fault", R"({"kind":"garbage","variant":"empty","count":3})");
    const auto errors = [&] {
        return stand.Metric("marketprism_errors_total{exchange=\"binance\",error_type=\"data\"}");
    };
    ASSERT_TRUE(testing::Eventually([&] { return errors() >= 3; }, 10s));
    ASSERT_TRUE(log.WaitFor([&] { return !log.Of("BTCUSDT", "bbo").gaps.empty(); }, 10s));
    EXPECT_EQ(log.Of("BTCUSDT", "bbo").gaps.at(0).substr(0, 12), "bad_message ");
    const size_t before = Count(log, "BTCUSDT", "bbo");
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "bbo") > before + 100; }, 10s));
    const auto letters = [&] { return stand.Metric("marketprism_dead_letters_total"); };
    EXPECT_TRUE(testing::Eventually([&] { return letters() >= 3; }, 10s));
    EXPECT_TRUE(stand.collector().Running());
}

TEST(CollectorFaults, RepeatsAndDisorderOfTheVenueStayHarmless) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "book_snapshot") > 0; }, 20s));
    stand.AskSim("fault", R"({"kind":"duplicate","count":50})");
    const size_t before = Count(log, "BTCUSDT", "trade");
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "trade") > before + 50; }, 15s));
    EXPECT_TRUE(log.Of("BTCUSDT", "trade").gaps.empty());
    EXPECT_TRUE(log.Of("BTCUSDT", "book_delta").gaps.empty());
    EXPECT_EQ(log.faults(), std::vector<std::string>());
}

TEST(CollectorFaults, ARefusedSnapshotIsAskedForAgain) {
    std::vector<std::string> arguments = kMarket;
    arguments.insert(
        arguments.end(), {"--fault", "kind=http_429,symbol=BTCUSDT,count=1,retry_after=1"}
    );
    arguments.insert(arguments.end(), {"--fault", "kind=stale_snapshot,symbol=ETHUSDT,count=1"});
    Stand stand(arguments);
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    EXPECT_TRUE(log.WaitFor(
        [&] {
            return Count(log, "BTCUSDT", "book_snapshot") > 0 &&
                   Count(log, "ETHUSDT", "book_snapshot") > 0;
        },
        20s
    )) << stand.collector().Output();
    EXPECT_GE(
        stand.Metric("datasource_api_calls_total{source=\"binance\",endpoint=\"/api/v3/"
                     "depth\",status=\"429\"}"),
        1
    );
}

TEST(CollectorFaults, AnEndpointThatKeepsFailingIsLeftAloneAndCostsNoBudget) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor(
        [&] {
            return Count(log, "BTCUSDT", "book_snapshot") > 0 &&
                   Count(log, "ETHUSDT", "book_snapshot") > 0;
        },
        20s
    ));
    const std::string depth = "{name=\"binance_spot /api/v3/depth\"";
    const auto refused = [&] {
        const std::string outcome = depth + ",outcome=\"refused\"}";
        return stand.Metric("marketprism_circuit_breaker_calls_total" + outcome);
    };
    const auto open = [&] {
        return stand.Metric("marketprism_circuit_breaker_state" + depth + "}") == 1;
    };
    const auto asked = [&] {
        return stand.Metric(
            "datasource_api_calls_total{source=\"binance\",endpoint=\"/api/v3/depth\""
        );
    };
    const auto used = [&] { return stand.Metric("marketprism_rest_budget_used"); };
    stand.AskSim("fault", R"({"kind":"http_500","count":1000})");
    stand.AskSim("fault", R"({"kind":"drop_delta","symbol":"BTCUSDT","count":1})");
    stand.AskSim("fault", R"({"kind":"drop_delta","symbol":"ETHUSDT","count":1})");
    ASSERT_TRUE(testing::Eventually(open, 40s));
    const double asked_before = asked();
    const double used_before = used();
    ASSERT_TRUE(testing::Eventually([&] { return refused() >= 2; }, 40s));
    EXPECT_EQ(asked(), asked_before);
    EXPECT_LE(used(), used_before);
    EXPECT_GE(asked_before, 5 + 2);
}

TEST(CollectorFaults, AnAnnouncedRestartLosesNothing) {
    Stand stand(kMarket, {"connection.overlap=1s"});
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "trade") > 50; }, 20s));
    stand.AskSim("fault", R"({"kind":"shutdown_notice","seconds":6})");
    ASSERT_TRUE(stand.collector().WaitForOutput("connection replaced", 10s));
    const size_t before = Count(log, "BTCUSDT", "trade");
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "trade") > before + 300; }, 15s));
    for (const auto& [key, series] : log.all())
        EXPECT_TRUE(series.gaps.empty()) << key << " " << series.gaps.at(0);
}

TEST(CollectorDeaths, TheBrokersAbsenceCostsNothing) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "trade") > 50; }, 20s));
    stand.nats().Kill();
    ASSERT_TRUE(
        testing::Eventually([&] { return stand.Metric("marketprism_spool_records") > 200; }, 20s)
    );
    ASSERT_TRUE(stand.nats().Start().ok());
    ASSERT_TRUE(
        testing::Eventually([&] { return stand.Metric("marketprism_spool_records") < 20; }, 20s)
    );
    const size_t before = Count(log, "BTCUSDT", "trade");
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "trade") > before + 50; }, 20s));
    for (const auto& [key, series] : log.all())
        EXPECT_TRUE(series.gaps.empty()) << key << " " << series.gaps.at(0);
    EXPECT_EQ(stand.collector().Terminate(20s), 0);
    stand.AskSim("flush", "{}");
    log.WaitFor([] { return false; }, 500ms);
    for (const char* type : {"trade", "book_delta", "bbo"}) ExpectAllAccounted(stand, type);
}

TEST(CollectorDeaths, ItsOwnDeathIsTheOnlyGap) {
    Stand stand(kMarket);
    stand.StartSim();
    stand.StartCollector();
    BusLog& log = stand.log();
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "trade") > 100; }, 20s));
    stand.collector().Kill();
    stand.StartCollector();
    const size_t before = Count(log, "BTCUSDT", "trade");
    ASSERT_TRUE(log.WaitFor([&] { return Count(log, "BTCUSDT", "trade") > before + 200; }, 20s));
    EXPECT_EQ(stand.collector().Terminate(20s), 0);
    stand.AskSim("flush", "{}");
    log.WaitFor([] { return false; }, 500ms);
    for (const char* type : {"trade", "book_delta"}) ExpectAllAccounted(stand, type);
    EXPECT_EQ(log.faults(), std::vector<std::string>());
}

}  // namespace
}  // namespace mp::collector_test
