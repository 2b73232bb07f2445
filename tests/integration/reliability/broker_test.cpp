// Lock, leadership and idempotency on the buckets of a real broker.

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "reliability/distributed_lock.hpp"
#include "reliability/idempotency_store.hpp"
#include "reliability/leadership.hpp"
#include "runtime/all_of.hpp"
#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Deadline Soon() {
    return Deadline::After(seconds(20));
}

bus::ConnectionConfig ConfigFor(const std::string& url) {
    bus::ConnectionConfig config;
    config.url = url;
    config.name = "member";
    config.reconnect_min = milliseconds(20);
    config.reconnect_max = milliseconds(100);
    return config;
}

// A process of its own as far as the broker can tell.
struct Member {
    Member(mp::testing::TaskRunner& runner, const std::string& url)
        : connection(runner.executor(), ConfigFor(url)),
          bucket(connection, "test", milliseconds(500)) {
        EXPECT_EQ(runner.Run(connection.Connect()), OkStatus());
    }

    bus::Connection connection;
    bus::KvBucket bucket;
};

class OnBroker : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(server_.Start(), OkStatus()) << server_.log();
        a_ = MakeMember();
        b_ = MakeMember();
        bus::KvConfig config;
        config.bucket = "test";
        ASSERT_TRUE(runner_.Run(bus::KvBucket::Open(a_->connection, config, Soon())).ok());
    }
    std::unique_ptr<Member> MakeMember() {
        return std::make_unique<Member>(runner_, server_.url());
    }

    mp::testing::NatsServer server_;
    mp::testing::TaskRunner runner_;
    std::unique_ptr<Member> a_;
    std::unique_ptr<Member> b_;
};

struct Section {
    int inside = 0;
    int entries = 0;
    uint64_t last_token = 0;
};

Task<Status> Enter(DistributedLock& lock, Section& section, int times) {
    for (int i = 0; i < times; ++i) {
        if (Status acquired = co_await lock.Acquire(Soon()); !acquired.ok()) co_return acquired;
        EXPECT_EQ(++section.inside, 1);
        EXPECT_GT(lock.token(), section.last_token);
        section.last_token = lock.token();
        ++section.entries;
        co_await runtime::Yield();
        --section.inside;
        if (Status released = co_await lock.Release(); !released.ok()) co_return released;
    }
    co_return OkStatus();
}

TEST_F(OnBroker, ALockLetsNoTwoProcessesInAndItsTokensGrow) {
    const LockConfig config{.ttl = seconds(10), .retry_every = milliseconds(2)};
    std::vector<std::unique_ptr<DistributedLock>> locks;
    std::vector<Task<Status>> tasks;
    Section section;
    for (int i = 0; i < 6; ++i) {
        Member& member = i % 2 == 0 ? *a_ : *b_;
        locks.push_back(
            std::make_unique<DistributedLock>(member.bucket, "k", MakeOwnerId("test"), config)
        );
        tasks.push_back(Enter(*locks.back(), section, 10));
    }
    EXPECT_EQ(runner_.Run(runtime::AllOf(std::move(tasks))), OkStatus());
    EXPECT_EQ(section.entries, 60);
}

TEST_F(OnBroker, ALockPassesFromAProcessThatDied) {
    const LockConfig config{.ttl = milliseconds(300), .retry_every = milliseconds(10)};
    DistributedLock dead(a_->bucket, "k", "a", config);
    DistributedLock next(b_->bucket, "k", "b", config);
    ASSERT_EQ(runner_.Run(dead.TryAcquire()), OkStatus());
    EXPECT_EQ(runner_.Run(next.TryAcquire()).code(), StatusCode::kAlreadyExists);
    EXPECT_EQ(runner_.Run(next.Acquire(Soon())), OkStatus());
    EXPECT_FALSE(dead.Held());
    EXPECT_GT(next.token(), dead.token());
    EXPECT_EQ(runner_.Run(dead.Renew()).code(), StatusCode::kAborted);
    EXPECT_EQ(runner_.Run(dead.Release()), OkStatus());
    EXPECT_EQ(runner_.Run(next.Renew()), OkStatus());
}

struct Terms {
    int begun = 0;
    int ended = 0;
    Duration left_at_end{0};
    runtime::Condition changed;
};

Task<Status> LeadForEver(uint64_t) {
    runtime::Event never;
    co_await never.Wait();
    co_return OkStatus();
}

TEST_F(OnBroker, ALeaderStopsInTimeWhileTheBrokerHangsAndComesBack) {
    Terms terms;
    DistributedLock lock(
        a_->bucket, "leader", "a", {.ttl = seconds(2), .retry_every = milliseconds(20)}
    );
    LeadershipConfig config;
    config.renew_every = milliseconds(100);
    config.retry_every = milliseconds(50);
    config.margin = milliseconds(500);
    config.on_change = [&](bool leading, uint64_t) {
        (leading ? terms.begun : terms.ended) += 1;
        if (!leading) terms.left_at_end = lock.HeldFor();
        terms.changed.NotifyAll();
    };
    Leadership leadership(lock, config);
    runner_.Start(leadership.Run(LeadForEver));
    const auto begun = [&] { return terms.begun == 1; };
    ASSERT_TRUE(runner_.Run(terms.changed.Until(begun, Soon())));

    server_.Freeze();
    const auto ended = [&] { return terms.ended == 1; };
    EXPECT_TRUE(runner_.Run(terms.changed.Until(ended, Soon())));
    EXPECT_GT(terms.left_at_end.count(), 0);
    server_.Thaw();
    const auto again = [&] { return terms.begun == 2; };
    EXPECT_TRUE(runner_.Run(terms.changed.Until(again, Soon())));
}

Task<Status> Work(IdempotencyStore& store, int& runs, std::vector<std::string>& results) {
    const auto begun = co_await store.Begin("user", "key 1", "digest", Soon());
    if (!begun.ok()) co_return begun.status();
    if (begun->result) {
        results.push_back(*begun->result);
        co_return OkStatus();
    }
    co_await runtime::Sleep(milliseconds(20));
    results.push_back("run " + std::to_string(++runs));
    co_return co_await store.Finish(begun->reservation, results.back(), Soon());
}

TEST_F(OnBroker, EqualRequestsToTwoProcessesRunOnce) {
    const IdempotencyConfig config{.poll_every = milliseconds(5)};
    IdempotencyStore one(a_->bucket, config);
    IdempotencyStore other(b_->bucket, config);
    int runs = 0;
    std::vector<std::string> results;
    std::vector<Task<Status>> tasks;
    for (int i = 0; i < 8; ++i) tasks.push_back(Work(i % 2 == 0 ? one : other, runs, results));
    EXPECT_EQ(runner_.Run(runtime::AllOf(std::move(tasks))), OkStatus());
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(results, std::vector<std::string>(8, "run 1"));
}

}  // namespace
}  // namespace mp::reliability
