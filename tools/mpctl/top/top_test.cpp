#include <gtest/gtest.h>
#include <string>

#include "mpctl/system/example_snapshot.hpp"
#include "mpctl/top/top_model.hpp"
#include "mpctl/top/top_view.hpp"

namespace mp::mpctl {
namespace {

TEST(Top, ComputesRatesAndQuantilesFromDifferences) {
    const TopModel model = BuildTop(ExampleSnapshot(50), ExampleSnapshot(60));
    ASSERT_EQ(model.feeds.size(), 1u);
    const FeedRow& row = model.feeds[0];
    EXPECT_EQ(row.exchange, "binance");
    EXPECT_EQ(row.data_type, "trade");
    EXPECT_DOUBLE_EQ(row.messages_per_second, 10);
    EXPECT_DOUBLE_EQ(row.to_store_p50.value(), 0.0005);
    EXPECT_EQ(row.to_subscriber_p50, std::nullopt);
    EXPECT_EQ(row.rows_stored, 540u);
    EXPECT_EQ(row.gaps, 3u);
    EXPECT_EQ(model.rows_in_store, 540u);
    EXPECT_DOUBLE_EQ(model.messages_per_second, 10);
}

TEST(Top, TellsSubscriberLatenciesOfExchangesApart) {
    Snapshot older = ExampleSnapshot(50);
    Snapshot newer = ExampleSnapshot(60);
    const auto seen = [](const std::string& exchange, int count) {
        return "marketprism_socket_to_subscriber_seconds_bucket{exchange=\"" + exchange +
               "\",data_type=\"trade\",le=\"0.01\"} " + std::to_string(count) + "\n";
    };
    older.instances[0].metrics = Samples::Parse(seen("binance", 5) + seen("okx", 5));
    newer.instances[0].metrics = Samples::Parse(seen("binance", 9) + seen("okx", 5));
    const TopModel model = BuildTop(older, newer);
    ASSERT_EQ(model.feeds.size(), 1u);
    EXPECT_EQ(model.feeds[0].exchange, "binance");
    EXPECT_DOUBLE_EQ(model.feeds[0].to_subscriber_p50.value(), 0.005);
}

TEST(Top, CountsFromNothingAfterARestart) {
    const TopModel model = BuildTop(ExampleSnapshot(100), ExampleSnapshot(10));
    EXPECT_EQ(model.feeds.at(0).rows_stored, 90u);
}

TEST(Top, LeavesOutInstancesThatItDoesNotKnowYet) {
    Snapshot newer = ExampleSnapshot(60);
    newer.instances[2].instance = "another";
    EXPECT_EQ(BuildTop(ExampleSnapshot(50), newer).feeds.at(0).messages_per_second, 0);
}

TEST(Top, ShowsFeedsAndServices) {
    const TopModel model = BuildTop(ExampleSnapshot(50), ExampleSnapshot(60));
    const std::string frame = RenderTop(model, "http://127.0.0.1:8000", 0);
    EXPECT_EQ(
        frame,
        "MarketPrism  http://127.0.0.1:8000  1970-01-01T00:00:00Z   messages/s 10.0   rows 540   "
        "gaps 3\n\n"
        "EXCHANGE  DATA TYPE  MSG/S  TO STORE P50     P99  TO SUBSCRIBER P50  P99  ROWS STORED  "
        "GAPS\n"
        "binance   trade       10.0        500 us  990 us                  -    -          540     "
        "3\n\n"
        "SERVICE                INSTANCE  STATE        UP   CPU   MEMORY  COMPLAINT\n"
        "api-gateway-service    one       healthy  1m 40s     -  50.0 MB\n"
        "data-storage-service   one       healthy  1m 40s     -        -\n"
        "market-data-collector  one       healthy  1m 40s     -        -\n"
        "scheduler-service      one       healthy  1m 40s  100%        -\n"
    );
}

TEST(Top, SaysSoWhileThereIsNoData) {
    const std::string frame = RenderTop(BuildTop({}, {}), "url", 0);
    EXPECT_NE(frame.find("no market data yet"), std::string::npos);
}

TEST(Top, GivesProgramsNumbers) {
    const Json json = TopAsJson(BuildTop(ExampleSnapshot(50), ExampleSnapshot(60)), 0);
    EXPECT_EQ(json["feeds"][0]["messages_per_second"], 10.0);
    EXPECT_TRUE(json["feeds"][0]["socket_to_subscriber_p99_seconds"].is_null());
    EXPECT_EQ(json["services"].size(), 4u);
}

}  // namespace
}  // namespace mp::mpctl
