#include "collector/config.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "config/startup.hpp"
#include "config/yaml.hpp"

namespace mp::collector {
namespace {

constexpr char kVenue[] =
    "venues:\n"
    "  spot:\n"
    "    exchange: binance\n"
    "    market: spot\n"
    "    symbols: [BTC-USDT]\n"
    "    data_types: [trade, book_delta, book_snapshot]\n";

Status Read(const std::string& text, CollectorConfig& config) {
    const auto tree = config::ParseYaml(text, {.source = "test.yaml"});
    if (!tree.ok()) return tree.status();
    config::Reader reader(*tree);
    ReadConfig(reader, config);
    return reader.Finish();
}

std::string ErrorOf(const std::string& text) {
    CollectorConfig config;
    return std::string(Read(text, config).message());
}

TEST(CollectorConfig, ReadsAVenue) {
    CollectorConfig config;
    const Status read = Read(kVenue, config);
    ASSERT_TRUE(read.ok()) << read;
    ASSERT_EQ(config.venues.size(), 1u);
    EXPECT_EQ(config.venues[0].name, "spot");
    EXPECT_EQ(config.venues[0].market, model::Market::kSpot);
    // Snapshots come with the book.
    EXPECT_EQ(
        config.venues[0].data_types,
        (std::vector<model::DataType>{model::DataType::kTrade, model::DataType::kBookDelta})
    );
    EXPECT_EQ(config.service.http.port, 8001);
    EXPECT_EQ(config.service.grpc.port, 50051);
}

TEST(CollectorConfig, AKeyGoesWithItsSecret) {
    CollectorConfig config;
    const std::string with_both = std::string(kVenue) + "    api_key: a\n    api_secret: b\n";
    const Status read = Read(with_both, config);
    ASSERT_TRUE(read.ok()) << read;
    EXPECT_EQ(config.venues[0].api_secret, "b");
    const std::string error = ErrorOf(std::string(kVenue) + "    api_key: a\n");
    EXPECT_NE(error.find("api_secret"), std::string::npos) << error;
}

TEST(CollectorConfig, NamesEveryMistakeAtOnce) {
    const std::string errors = ErrorOf(
        "venues:\n"
        "  spot:\n"
        "    exchange: binance\n"
        "    market: spot\n"
        "    symbols: []\n"
        "    data_types: [trade, liquidation]\n"
        "    trade_channel: fills\n"
        "    snapshot_depth: 1\n"
        "    kline_intervals: [2m]\n"
        "    book_stream: depth@1ms\n"
        "    colour: red\n"
        "coverage:\n"
        "  interval: 5\n"
    );
    for (const char* part :
         {"venues.spot.symbols",
          "no stream of liquidation",
          "trade_channel",
          "snapshot_depth",
          "kline_intervals",
          "book_stream",
          "colour",
          "coverage.interval"}) {
        EXPECT_NE(errors.find(part), std::string::npos) << part << "\n" << errors;
    }
}

TEST(CollectorConfig, AConnectionIsNotReplacedForEver) {
    const auto error_of = [](const char* before) {
        return ErrorOf(std::string(kVenue) + "connection: {replace_before: " + before + "}\n");
    };
    EXPECT_EQ(error_of("23h"), "");
    for (const char* before : {"24h", "25h"}) {
        const std::string error = error_of(before);
        EXPECT_NE(error.find("connection.replace_before"), std::string::npos) << error;
        EXPECT_NE(error.find("venues.spot"), std::string::npos) << error;
    }
}

TEST(CollectorConfig, SaysWhatReplacesOlderKeys) {
    const std::string errors = ErrorOf(std::string(kVenue) + "    futures_url: https://x\n");
    EXPECT_NE(errors.find("futures_url"), std::string::npos);
    EXPECT_NE(errors.find("market: linear or inverse"), std::string::npos) << errors;
    const auto advised = [](const std::string& line, const std::string& advice) {
        const std::string error = ErrorOf(std::string(kVenue) + line + "\n");
        EXPECT_NE(error.find(advice), std::string::npos) << line << "\n" << error;
    };
    advised("    market_type: futures", "say market:");
    advised("    base_url: https://x", "say rest_url");
    advised("    api_rate_limit: 100", "say max_requests_per_minute");
    advised("    enable_funding_rate: true", "list it in data_types");
    advised("collector: {use_real_exchanges: true}", "stands under venues");
    advised("scheduler: {jobs: {funding_rate: {interval: 1h}}}", "the scheduler's own");
}

TEST(CollectorConfig, NamesTheVenuesThatThereAre) {
    const std::string errors = ErrorOf(
        "venues: {x: {exchange: mtgox, market: spot, symbols: [A-B], data_types: [trade]}}\n"
    );
    EXPECT_NE(errors.find("binance spot"), std::string::npos) << errors;
}

TEST(CollectorConfig, TheShippedFilesAreValidAndComplete) {
    const char* source = std::getenv("MP_SOURCE_DIR");
    if (source == nullptr) GTEST_SKIP() << "MP_SOURCE_DIR is not set";
    for (const char* environment : {"development", "production"}) {
        config::Sources sources;
        sources.directory = std::filesystem::path(source) / "services/collector/config";
        sources.environment = environment;
        sources.environment_required = true;
        const auto loaded = config::Load<CollectorConfig>(sources, ReadConfig);
        ASSERT_TRUE(loaded.ok()) << loaded.status();
        EXPECT_EQ(loaded->config.venues.size(), 1u);
        EXPECT_EQ(loaded->config.venues[0].data_types.size(), 5u);
    }
}

}  // namespace
}  // namespace mp::collector
