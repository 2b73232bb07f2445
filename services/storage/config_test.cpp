#include "storage/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/startup.hpp"
#include "storage/clickhouse_config.hpp"

namespace mp::storage {
namespace {

using ::testing::HasSubstr;

Result<config::Loaded<Config>> LoadWith(
    std::vector<std::string> overrides, const std::string& environment = "development"
) {
    config::Sources sources;
    sources.directory = std::string(std::getenv("MP_SOURCE_DIR")) + "/services/storage/config";
    sources.environment = environment;
    sources.overrides = std::move(overrides);
    return config::Load(sources, ReadConfig);
}

TEST(StorageConfig, BaseYamlSaysTheDefaults) {
    const auto loaded = LoadWith({});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    config::Sources none;
    const auto defaults = config::Load(none, ReadConfig);
    ASSERT_TRUE(defaults.ok()) << defaults.status();
    EXPECT_EQ(loaded->config.stream.durable, defaults->config.stream.durable);
    EXPECT_EQ(loaded->config.stream.max_bytes, defaults->config.stream.max_bytes);
    EXPECT_EQ(loaded->config.stream.window.keep, defaults->config.stream.window.keep);
    EXPECT_EQ(loaded->config.stream.window.keep_bytes, defaults->config.stream.window.keep_bytes);
    EXPECT_EQ(loaded->config.stream.ack_wait, defaults->config.stream.ack_wait);
    EXPECT_EQ(loaded->config.stream.max_batch_bytes, defaults->config.stream.max_batch_bytes);
    EXPECT_EQ(loaded->config.rocksdb.path, defaults->config.rocksdb.path);
    EXPECT_EQ(loaded->config.rocksdb.min_free_bytes, defaults->config.rocksdb.min_free_bytes);
    EXPECT_EQ(loaded->config.rocksdb.block_cache_bytes, defaults->config.rocksdb.block_cache_bytes);
    EXPECT_EQ(loaded->config.clickhouse.server.url, defaults->config.clickhouse.server.url);
    EXPECT_EQ(
        loaded->config.clickhouse.server.database, defaults->config.clickhouse.server.database
    );
    EXPECT_EQ(loaded->config.query_threads, defaults->config.query_threads);
}

TEST(StorageConfig, ProductionIsValid) {
    const auto loaded = LoadWith({}, "production");
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->config.service.http.host, "0.0.0.0");
}

TEST(StorageConfig, FindsClickHouseUnderEveryName) {
    EXPECT_EQ(HttpUrlOf({}).value(), "http://127.0.0.1:8123");
    EXPECT_EQ(HttpUrlOf({"", "clickhouse", 0}).value(), "http://clickhouse:8123");
    EXPECT_EQ(HttpUrlOf({"", "clickhouse", 18123}).value(), "http://clickhouse:18123");
    EXPECT_EQ(HttpUrlOf({"clickhouse://data:9000", "other", 0}).value(), "http://data:8123");
    EXPECT_EQ(HttpUrlOf({"clickhouse://data:9000", "", 80}).value(), "http://data:80");
    EXPECT_EQ(HttpUrlOf({"https://data:8443", "", 80}).value(), "https://data:8443");
    EXPECT_FALSE(HttpUrlOf({"nats://data", "", 0}).ok());
}

TEST(StorageConfig, OneClickHouseServerIsOneShard) {
    const auto loaded = LoadWith({"clickhouse.host=data"});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    const clickhouse::Topology& topology = loaded->config.clickhouse.topology;
    ASSERT_EQ(topology.shards.size(), 1u);
    EXPECT_EQ(topology.shards[0].url, "http://data:8123");
    EXPECT_TRUE(topology.shards[0].replicas.empty());
    EXPECT_EQ(loaded->config.clickhouse.server.pool_size, 20u);
    EXPECT_EQ(loaded->config.clickhouse.server.pool_overflow, 10u);
    EXPECT_EQ(loaded->config.clickhouse.server.pool_recycle, std::chrono::hours(1));
}

TEST(StorageConfig, OnlyAClickHouseStoreIsShared) {
    const auto shared =
        LoadWith({"storage.engine=clickhouse", "clickhouse.shared=true", "clickhouse.lease=5s"});
    ASSERT_TRUE(shared.ok()) << shared.status();
    EXPECT_TRUE(shared->config.shared);
    EXPECT_EQ(shared->config.stream.lease, std::chrono::seconds(5));
    EXPECT_FALSE(LoadWith({"storage.engine=clickhouse"})->config.shared);
    EXPECT_THAT(
        LoadWith({"clickhouse.shared=true"}).status().ToString(), HasSubstr("clickhouse.shared")
    );
}

TEST(StorageConfig, SpreadsClickHouseOverShardsAndReplicas) {
    const auto loaded = LoadWith(
        {"clickhouse.shards.a.url=clickhouse://a1",
         "clickhouse.shards.a.replicas=http://a2:18123,clickhouse://a3",
         "clickhouse.shards.b.url=http://b1"}
    );
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    const auto& shards = loaded->config.clickhouse.topology.shards;
    ASSERT_EQ(shards.size(), 2u);
    EXPECT_EQ(shards[0].name, "a");
    EXPECT_EQ(shards[0].url, "http://a1:8123");
    EXPECT_THAT(shards[0].replicas, ::testing::ElementsAre("http://a2:18123", "http://a3:8123"));
    EXPECT_EQ(shards[1].name, "b");
    const auto replicas = LoadWith({"clickhouse.replicas=http://two:8123"});
    ASSERT_TRUE(replicas.ok()) << replicas.status();
    EXPECT_EQ(replicas->config.clickhouse.topology.shards[0].replicas.size(), 1u);
}

TEST(StorageConfig, RefusesAClusterThatCannotBe) {
    const auto loaded = LoadWith(
        {"clickhouse.shards.a.url=http://one:8123",
         "clickhouse.shards.b.url=http://two:8123",
         "clickhouse.shards.b.replicas=http://one:8123",
         "clickhouse.shards.c.replicas=[]",
         "clickhouse.replicas=http://three",
         "clickhouse.cluster=a b",
         "clickhouse.keeper_path=x",
         "clickhouse.max_connections=3"}
    );
    const std::string message(loaded.status().message());
    EXPECT_THAT(message, HasSubstr("http://one:8123 is named twice"));
    EXPECT_THAT(message, HasSubstr("clickhouse.shards.c.url"));
    EXPECT_THAT(message, HasSubstr("each of clickhouse.shards names its own"));
    EXPECT_THAT(message, HasSubstr("clickhouse.cluster: must be letters"));
    EXPECT_THAT(message, HasSubstr("clickhouse.keeper_path: must be a path"));
    EXPECT_THAT(message, HasSubstr("clickhouse.pool.size"));
}

TEST(StorageConfig, GivesEveryEngineItsBatches) {
    const auto rocksdb = LoadWith({"clickhouse.batch.max_delay=2s"});
    ASSERT_TRUE(rocksdb.ok()) << rocksdb.status();
    EXPECT_EQ(rocksdb->config.stream.max_batch_delay, std::chrono::milliseconds(5));
    const auto clickhouse =
        LoadWith({"storage.engine=clickhouse", "clickhouse.batch.max_delay=2s"});
    ASSERT_TRUE(clickhouse.ok()) << clickhouse.status();
    EXPECT_EQ(clickhouse->config.stream.max_batch_delay, std::chrono::seconds(2));
    EXPECT_EQ(clickhouse->config.stream.max_batch_messages, 4096u);
}

TEST(StorageConfig, NamesEverythingThatIsWrong) {
    const auto loaded = LoadWith(
        {"storage.engine=paper",
         "bus.keep_bytes=1TiB",
         "bus.durable=a.b",
         "tasks.max_workers=1",
         "storage.colour=red"}
    );
    const std::string message(loaded.status().message());
    EXPECT_THAT(message, HasSubstr("storage.engine"));
    EXPECT_THAT(message, HasSubstr("bus.keep_bytes"));
    EXPECT_THAT(message, HasSubstr("bus.durable"));
    EXPECT_THAT(message, HasSubstr("tasks.max_workers"));
    EXPECT_THAT(message, HasSubstr("storage.colour"));
}

}  // namespace
}  // namespace mp::storage
