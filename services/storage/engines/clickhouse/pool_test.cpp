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
        const Status started = server_.Start();
        ASSERT_TRUE(started.ok()) << started;
        config_.url = server_.url();
        config_.pool_size = 1;
        config_.pool_overflow = 1;
    }

    testing::ClickHouseServer server_;
    ClientConfig config_;
};

// A server of the test's own, which does not answer while it is frozen: as long as that lasts,
// questions keep their connections busy.
class Questions {
  public:
    Questions(const Client& client, int count) {
        for (int i = 0; i < count; ++i) {
            threads_.emplace_back([this, &client] {
                const Status answered = client.QueryServer("SELECT 1").status();
                if (!answered.ok()) ++failed_;
            });
        }
    }

    // Ends when all have their answers.
    int Failed() {
        threads_.clear();
        return failed_;
    }

  private:
    std::atomic<int> failed_ = 0;
    std::vector<std::jthread> threads_;
};

TEST_F(ClickHousePool, OpensNoMoreConnectionsThanItMayAndKeepsTheSizeOfThePool) {
    const Client client(config_);
    const auto all_are_busy = [&](uint64_t waits) {
        return testing::Eventually([&] {
            return client.pool().in_use == 2 && client.pool().waits == waits;
        });
    };
    server_.Freeze();
    Questions three(client, 3);
    ASSERT_TRUE(all_are_busy(1)) << "the third waits for one of them";
    server_.Thaw();
    EXPECT_EQ(three.Failed(), 0);
    EXPECT_EQ(client.pool().opened, 2u);
    EXPECT_EQ(client.pool().in_use, 0u);
    // The overflow was closed; two at once need a second one again.
    server_.Freeze();
    Questions two(client, 2);
    EXPECT_TRUE(all_are_busy(1));
    server_.Thaw();
    EXPECT_EQ(two.Failed(), 0);
    EXPECT_EQ(client.pool().opened, 3u);
}

TEST_F(ClickHousePool, WaitsForAConnectionNoLongerThanForAnAnswer) {
    config_.request_timeout = 500ms;
    config_.pool_overflow = 0;
    const Client client(config_);
    server_.Freeze();
    // Whoever gets the connection has no answer, and the others no connection or no answer.
    Questions crowd(client, 4);
    EXPECT_EQ(crowd.Failed(), 4);
    EXPECT_EQ(client.pool().in_use, 0u);
    server_.Thaw();
}

TEST_F(ClickHousePool, WhoStopsWaitsForNoConnection) {
    config_.pool_overflow = 0;
    Client client(config_);
    server_.Freeze();
    Questions busy(client, 1);
    ASSERT_TRUE(testing::Eventually([&] { return client.pool().in_use == 1; }));
    std::jthread waiting([&] {
        const Status status = client.QueryServer("SELECT 1").status();
        EXPECT_THAT(std::string(status.message()), HasSubstr("no connection became free"));
    });
    ASSERT_TRUE(testing::Eventually([&] { return client.pool().waits == 1; }));
    client.GiveUpAt(Deadline::After(0s));
    waiting.join();
    server_.Thaw();
}

TEST_F(ClickHousePool, UsesAConnectionAgainUntilItIsOld) {
    const Client patient(config_);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(patient.QueryServer("SELECT 1").ok());
    EXPECT_LT(patient.pool().opened, 5u);
    config_.pool_recycle = 1s;
    const Client strict(config_);
    EXPECT_TRUE(testing::Eventually([&] {
        EXPECT_TRUE(strict.QueryServer("SELECT 1").ok());
        return strict.pool().opened == 2;
    }));
}

// What it notices before it asks costs no query.
TEST_F(ClickHousePool, NoticesThatTheServerWasAnotherOneMeanwhile) {
    const Client client(config_);
    ASSERT_TRUE(client.QueryServer("SELECT 1").ok());
    server_.Kill();
    ASSERT_TRUE(server_.Start().ok());
    const auto answer = client.QueryServer("SELECT 1");
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(client.pool().opened, 2u);
}

}  // namespace
}  // namespace mp::storage::clickhouse
