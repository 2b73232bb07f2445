#include "storage/engines/clickhouse/migrator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "storage/engines/clickhouse/event_columns.hpp"
#include "storage/engines/clickhouse/migrations.hpp"
#include "storage/engines/clickhouse/sql.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/modern_clickhouse.hpp"

namespace mp::storage::clickhouse {
namespace {

using ::testing::HasSubstr;

class MigratorTest : public ::testing::Test {
  protected:
    Client ClientOf(std::string url) const {
        ClientConfig config;
        config.url = std::move(url);
        config.database = "migrated_" + std::to_string(getpid());
        return Client(config);
    }
    Client OldServer() const { return ClientOf(SharedClickHouse().url()); }

    static std::vector<std::string> Tables(const Client& client) {
        const auto rows = client.Rows(
            "SELECT name FROM system.tables WHERE database = '" + client.database() +
            "' AND name NOT LIKE '.inner%' ORDER BY name"
        );
        std::vector<std::string> names;
        for (const auto& row : rows.value()) names.push_back(row[0]);
        return names;
    }

    // Up, down and up again, step by step; then every table answers.
    static void GoUpAndDown(const Client& client) {
        (void)client.QueryServer("DROP DATABASE IF EXISTS " + client.database());
        for (const uint32_t version : {kLatestSchema, 0u, 1u, 2u, 3u, 4u, 3u, 0u, kLatestSchema}) {
            const auto migrated = MigrateTo(client, version);
            ASSERT_TRUE(migrated.ok()) << migrated.status();
            ASSERT_EQ(SchemaVersion(client).value(), version);
            if (version == 0) {
                EXPECT_THAT(Tables(client), ::testing::ElementsAre("schema_versions"));
            }
        }
        for (int number = 1; number <= model::kDataTypes; ++number) {
            const auto type = static_cast<model::DataType>(number);
            const std::string condition =
                IsInstrument({"binance", model::Market::kSpot, "BTC-'USDT", ""}) + " AND " +
                IsBetween(0, 1000) + " AND " + IsBehind("abc", Direction::kForward);
            for (const auto& sql :
                 {CountingRows(type, SelectedColumns(type), condition, Direction::kBackward),
                  CountingRowsOfMany(type, SelectedColumns(type), condition),
                  "SELECT * FROM " + std::string(ViewOf(type))}) {
                const auto rows = client.Rows(sql);
                ASSERT_TRUE(rows.ok()) << rows.status();
                EXPECT_TRUE(rows->empty());
            }
        }
    }
};

TEST_F(MigratorTest, GoesUpAndDownOnTheOldestServer) {
    if (!testing::ClickHouseServer::Installed())
        GTEST_SKIP() << "no clickhouse-server is installed";
    GoUpAndDown(OldServer());
}

TEST_F(MigratorTest, GoesUpAndDownOnAModernServer) {
    if (NoModernClickHouse() != nullptr) GTEST_SKIP() << NoModernClickHouse();
    const Client client = ClientOf(ModernClickHouseUrl());
    GoUpAndDown(client);
    const auto features = DetectFeatures(client);
    ASSERT_TRUE(features.ok()) << features.status();
    EXPECT_TRUE(features->codecs && features->fsync && features->disks) << features->version;
}

TEST_F(MigratorTest, SeveralAtOnceDoItOnce) {
    if (!testing::ClickHouseServer::Installed())
        GTEST_SKIP() << "no clickhouse-server is installed";
    const Client client = OldServer();
    (void)client.QueryServer("DROP DATABASE IF EXISTS " + client.database());
    std::vector<std::thread> threads;
    std::vector<Status> ended(4);
    for (Status& status : ended) {
        threads.emplace_back([&client, &status] {
            status = MigrateTo(client, kLatestSchema).status();
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Status& status : ended) EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(
        client.Rows("SELECT count() FROM schema_versions")->front().front(),
        std::to_string(kLatestSchema)
    );
    EXPECT_THAT(Tables(client), ::testing::Not(::testing::Contains("schema_lock")));
}

TEST_F(MigratorTest, RefusesTheDatabaseOfANewerVersion) {
    if (!testing::ClickHouseServer::Installed())
        GTEST_SKIP() << "no clickhouse-server is installed";
    const Client client = OldServer();
    ASSERT_TRUE(MigrateTo(client, kLatestSchema).ok());
    ASSERT_TRUE(client.Execute("INSERT INTO schema_versions SELECT 99, 5, now()").ok());
    const Status refused = MigrateTo(client, kLatestSchema).status();
    EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("newer version"));
    (void)client.QueryServer("DROP DATABASE IF EXISTS " + client.database());
}

}  // namespace
}  // namespace mp::storage::clickhouse
