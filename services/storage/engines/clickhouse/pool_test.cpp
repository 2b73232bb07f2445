// Connections to a real server: how many, how long one waits for one, how old they become.

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "storage/engines/clickhouse/client.hpp"
#include "storage/engines/test/clickhouse_fixture.hpp"
#include "testing/eventually.hpp"

namespace mp::storage::clickhouse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ClickHousePool : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!testing::ClickHouseServer::Installed()) {
            GTEST_SKIP() << "no clickhouse-server is installed";
        }
        config_.url = SharedClickHouse().url();
        config_.pool_size = 1;
        config_.pool_overflow = 1;
    }

    ClientConfig config_;
};

// Keeps connections busy until it goes away.
class Sleepers {
  public:
    Sleepers(const Client& client, int count) {
        for (int i = 0; i < count; ++i) {
            threads_.emplace_back([&client] { (void)client.QueryServer("SELECT sleep(2)"); });
        }
    }

  private:
    std::vector<std::jthread> threads_;
};

TEST_F(ClickHousePool, OpensNoMoreConnectionsThanItMayAndKeepsTheSizeOfThePool) {
    const Client client(config_);
    {
        const Sleepers sleepers(client, 2);
        ASSERT_TRUE(testing::Eventually([&] { return client.pool().in_use == 2; }));
        EXPECT_TRUE(client.QueryServer("SELECT 1").ok());  // waits for one of them
        EXPECT_EQ(client.pool().waits, 1u);
    }
    EXPECT_EQ(client.pool().opened, 2u);
    EXPECT_EQ(client.pool().in_use, 0u);
    // The overflow was closed; two at once need a second one again.
    const Sleepers sleepers(client, 2);
    EXPECT_TRUE(testing::Eventually([&] { return client.pool().in_use == 2; }));
}

TEST_F(ClickHousePool, WaitsForAConnectionNoLongerThanForAnAnswer) {
    config_.request_timeout = 500ms;
    config_.pool_overflow = 0;
    const Client client(config_);
    // Whoever gets it holds it longer than the others wait.
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 4; ++i) {
            crowd.emplace_back([&] {
                if (absl::IsUnavailable(client.QueryServer("SELECT sleep(2)").status())) ++failed;
            });
        }
    }
    EXPECT_EQ(failed, 4);
    EXPECT_GE(client.pool().refused, 1u);
    EXPECT_EQ(client.pool().in_use, 0u);
}

TEST_F(ClickHousePool, WhoStopsWaitsForNoConnection) {
    config_.pool_overflow = 0;
    Client client(config_);
    const Sleepers sleepers(client, 1);
    ASSERT_TRUE(testing::Eventually([&] { return client.pool().in_use == 1; }));
    std::jthread waiting([&] {
        const Status status = client.QueryServer("SELECT 1").status();
        EXPECT_THAT(std::string(status.message()), HasSubstr("no connection became free"));
    });
    ASSERT_TRUE(testing::Eventually([&] { return client.pool().waits == 1; }));
    client.GiveUpAt(Deadline::After(0s));
}

TEST_F(ClickHousePool, UsesAConnectionAgainUntilItIsOld) {
    const Client patient(config_);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(patient.QueryServer("SELECT 1").ok());
    EXPECT_LT(patient.pool().opened, 5u);
    config_.pool_recycle = 1s;
    const Client strict(config_);
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(strict.QueryServer("SELECT sleep(3)").ok());
    EXPECT_EQ(strict.pool().opened, 2u);
}

// What it notices before it asks costs no query.
TEST_F(ClickHousePool, NoticesThatTheServerWasAnotherOneMeanwhile) {
    testing::ClickHouseServer server;
    ASSERT_TRUE(server.Start().ok());
    config_.url = server.url();
    const Client client(config_);
    ASSERT_TRUE(client.QueryServer("SELECT 1").ok());
    server.Kill();
    ASSERT_TRUE(server.Start().ok());
    const auto answer = client.QueryServer("SELECT 1");
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(client.pool().opened, 2u);
}

}  // namespace
}  // namespace mp::storage::clickhouse
