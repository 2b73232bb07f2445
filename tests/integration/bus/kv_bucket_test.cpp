#include "bus/kv_bucket.hpp"

#include <filesystem>
#include <memory>
#include <set>
#include <vector>

#include "broker.hpp"
#include "bus/provision.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "runtime/task_group.hpp"
#include "testing/eventually.hpp"

namespace mp::bus {
namespace {

using reliability::KeyChange;

class BusKvBucket : public Broker {
  protected:
    void SetUp() override {
        Broker::SetUp();
        Connect();
        bucket = Open(connection, {});
    }

    std::unique_ptr<KvBucket> Open(Connection& which, std::chrono::nanoseconds ttl) {
        KvConfig config;
        config.bucket = "test";
        config.ttl = ttl;
        auto opened = runner.Run(KvBucket::Open(which, config, Soon()));
        EXPECT_TRUE(opened.ok()) << opened.status();
        return *std::move(opened);
    }
    uint64_t Put(const std::string& key, const std::string& value) {
        const auto revision = runner.Run(bucket->Put(key, value));
        EXPECT_TRUE(revision.ok()) << revision.status();
        return revision.value_or(0);
    }
    KeyChange Next(reliability::KeyWatch& watch) {
        auto change = runner.Run(watch.Next());
        EXPECT_TRUE(change.ok()) << change.status();
        return change.ok() ? *std::move(change) : KeyChange();
    }

    std::unique_ptr<KvBucket> bucket;
};

TEST_F(BusKvBucket, KeepsValuesByKey) {
    EXPECT_TRUE(absl::IsNotFound(runner.Run(bucket->Get("a")).status()));
    const std::string bytes("\0\1\xff binary", 10);
    const uint64_t revision = Put("a.b", bytes);
    const auto entry = runner.Run(bucket->Get("a.b"));
    ASSERT_TRUE(entry.ok()) << entry.status();
    EXPECT_EQ(entry->value, bytes);
    EXPECT_EQ(entry->revision, revision);
    EXPECT_GT(entry->created, 0);
    EXPECT_GT(Put("a.b", ""), revision);
    EXPECT_EQ(runner.Run(bucket->Get("a.b"))->value, "");
    EXPECT_TRUE(absl::IsInvalidArgument(runner.Run(bucket->Put("a b", "x")).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(runner.Run(bucket->Get("a.*")).status()));
}

TEST_F(BusKvBucket, CreatesOnlyWhatIsAbsent) {
    const auto created = runner.Run(bucket->Create("a", "1"));
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_TRUE(absl::IsAlreadyExists(runner.Run(bucket->Create("a", "2")).status()));
    EXPECT_EQ(runner.Run(bucket->Delete("a", std::nullopt)), OkStatus());
    EXPECT_TRUE(absl::IsNotFound(runner.Run(bucket->Get("a")).status()));
    const auto again = runner.Run(bucket->Create("a", "3"));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_GT(*again, *created);
}

TEST_F(BusKvBucket, UpdatesExactlyOneRevision) {
    const uint64_t first = Put("a", "1");
    const auto second = runner.Run(bucket->Update("a", "2", first));
    ASSERT_TRUE(second.ok()) << second.status();
    EXPECT_TRUE(absl::IsAborted(runner.Run(bucket->Update("a", "3", first)).status()));
    EXPECT_EQ(runner.Run(bucket->Get("a"))->value, "2");
    EXPECT_TRUE(absl::IsAborted(runner.Run(bucket->Update("b", "3", 77)).status()));
}

TEST_F(BusKvBucket, DeletesExactlyOneRevisionOrAny) {
    const uint64_t first = Put("a", "1");
    const uint64_t second = Put("a", "2");
    EXPECT_TRUE(absl::IsAborted(runner.Run(bucket->Delete("a", first))));
    EXPECT_EQ(runner.Run(bucket->Delete("a", second)), OkStatus());
    EXPECT_TRUE(absl::IsAborted(runner.Run(bucket->Delete("a", second))));
    EXPECT_EQ(runner.Run(bucket->Delete("a", std::nullopt)), OkStatus());
    EXPECT_EQ(runner.Run(bucket->Delete("never", std::nullopt)), OkStatus());
}

TEST_F(BusKvBucket, LetsOneOfManyConnectionsCreate) {
    Connection other(runner.executor(), Config());
    Connect(other);
    KvBucket elsewhere(other, "test");
    for (int round = 0; round < 20; ++round) {
        const std::string key = "race." + std::to_string(round);
        int winners = 0;
        int losers = 0;
        const auto race = [](KvBucket& which, std::string name, int& won, int& lost
                          ) -> runtime::Task<> {
            const auto created = co_await which.Create(name, "x");
            if (created.ok()) ++won;
            if (absl::IsAlreadyExists(created.status())) ++lost;
        };
        for (int i = 0; i < 3; ++i) runner.Start(race(*bucket, key, winners, losers));
        for (int i = 0; i < 3; ++i) runner.Start(race(elsewhere, key, winners, losers));
        ASSERT_TRUE(Reached([&] { return winners + losers == 6; }));
        EXPECT_EQ(winners, 1) << round;
    }
}

TEST_F(BusKvBucket, ExpiresKeysSilently) {
    const auto expiring = Open(connection, milliseconds(500));
    auto watch = runner.Run(expiring->Watch(""));
    ASSERT_TRUE(watch.ok());
    EXPECT_EQ(Next(**watch).kind, KeyChange::Kind::kCaughtUp);
    ASSERT_TRUE(runner.Run(expiring->Put("a", "1")).ok());
    EXPECT_EQ(Next(**watch).key, "a");
    ASSERT_TRUE(testing::Eventually([&] {
        return absl::IsNotFound(runner.Run(expiring->Get("a")).status());
    }));
    const auto created = runner.Run(expiring->Create("a", "2"));
    ASSERT_TRUE(created.ok()) << created.status();
    const KeyChange change = Next(**watch);
    EXPECT_EQ(change.kind, KeyChange::Kind::kPut);
    EXPECT_EQ(change.entry.value, "2");
}

TEST_F(BusKvBucket, ListsLiveKeysBelowAPrefix) {
    EXPECT_TRUE(runner.Run(bucket->Keys(""))->empty());
    for (const char* key : {"jobs.a.1", "jobs.a.2", "jobs.b", "jobsite", "jobs"}) Put(key, "x");
    Put("jobs.b", "again");
    EXPECT_EQ(runner.Run(bucket->Delete("jobs.a.2", std::nullopt)), OkStatus());
    const auto keys = [&](const std::string& prefix) {
        auto found = runner.Run(bucket->Keys(prefix));
        EXPECT_TRUE(found.ok()) << found.status();
        return std::set<std::string>(found->begin(), found->end());
    };
    EXPECT_EQ(keys(""), (std::set<std::string>{"jobs.a.1", "jobs.b", "jobsite", "jobs"}));
    EXPECT_EQ(keys("jobs"), (std::set<std::string>{"jobs.a.1", "jobs.b", "jobs"}));
    EXPECT_EQ(keys("jobs.a"), (std::set<std::string>{"jobs.a.1"}));
}

TEST_F(BusKvBucket, TellsAWatcherWhatIsAndWhatChanges) {
    Put("x.a", "1");
    Put("y.a", "1");
    Put("x.b", "2");
    Put("x.b", "3");
    auto watch = runner.Run(bucket->Watch("x"));
    ASSERT_TRUE(watch.ok());
    KeyChange change = Next(**watch);
    EXPECT_EQ(change.key, "x.a");
    EXPECT_EQ(change.entry.value, "1");
    change = Next(**watch);
    EXPECT_EQ(change.key, "x.b");
    EXPECT_EQ(change.entry.value, "3");
    EXPECT_EQ(Next(**watch).kind, KeyChange::Kind::kCaughtUp);
    const uint64_t revision = Put("x.a", "4");
    Put("y.a", "5");
    EXPECT_EQ(runner.Run(bucket->Delete("x.b", std::nullopt)), OkStatus());
    change = Next(**watch);
    EXPECT_EQ(change.entry.value, "4");
    EXPECT_EQ(change.entry.revision, revision);
    change = Next(**watch);
    EXPECT_EQ(change.kind, KeyChange::Kind::kDelete);
    EXPECT_EQ(change.key, "x.b");
}

// Replaces a value a little later: after so many other answers of the broker.
Task<Status> ReplaceAfter(KvBucket& bucket, int answers, std::string key) {
    for (int i = 0; i < answers; ++i) {
        const auto read = co_await bucket.Get(key);
        if (!read.ok()) co_return read.status();
    }
    const auto first = co_await bucket.Put(key, "new");
    if (!first.ok()) co_return first.status();
    co_return (co_await bucket.Put(key, "newer")).status();
}

Task<Status> ListKeys(KvBucket& bucket, size_t expected) {
    const auto keys = co_await bucket.Keys("");
    if (!keys.ok()) co_return keys.status();
    if (keys->size() != expected) co_return absl::InternalError(std::to_string(keys->size()));
    co_return OkStatus();
}

// A value that is replaced between the making of a consumer and its delivery is counted as pending
// by the broker although it never comes.
TEST_F(BusKvBucket, ListsKeysWhileAValueIsReplaced) {
    for (int i = 0; i < 3; ++i) Put("key" + std::to_string(i), "value");
    Connection other(runner.executor(), Config());
    Connect(other);
    KvBucket writer(other, "test");
    for (int round = 0; round < 2000; ++round) {
        const std::string key = "key" + std::to_string(round % 3);
        const Status listed =
            runner.Run(runtime::AllOf(ListKeys(*bucket, 3), ReplaceAfter(writer, round % 5, key)));
        ASSERT_TRUE(listed.ok()) << listed << " in round " << round;
    }
}

TEST_F(BusKvBucket, KeepsAWatchAcrossADeadBroker) {
    auto watch = runner.Run(bucket->Watch(""));
    ASSERT_TRUE(watch.ok());
    EXPECT_EQ(Next(**watch).kind, KeyChange::Kind::kCaughtUp);
    Put("a", "1");
    EXPECT_EQ(Next(**watch).entry.value, "1");
    server.Kill();
    ASSERT_TRUE(Reached([&] { return !connection.state().connected; }));
    EXPECT_TRUE(absl::IsUnavailable(runner.Run(bucket->Get("a")).status()));
    ASSERT_EQ(server.Start(), OkStatus());
    ASSERT_TRUE(Reached([&] { return connection.state().connected; }));
    EXPECT_EQ(runner.Run(bucket->Get("a"))->value, "1");
    Put("b", "2");
    const KeyChange change = Next(**watch);
    EXPECT_EQ(change.key, "b");
}

// Brokers of 2.9 crash when they are asked for a message of a stream that is being made.
TEST(BusKvBuckets, ThatAreBeingMadeMayBeReadFrom) {
    const auto read = [](KvBucket& from) -> runtime::Task<Status> {
        for (;;) (void)co_await from.Get("a");
    };
    const auto make = [](Connection& by) -> runtime::Task<Status> {
        for (int i = 0; i < 20; ++i) {
            KvConfig config;
            config.bucket = "b" + std::to_string(i);
            const auto made = co_await KvBucket::Open(by, config, Soon());
            if (!made.ok()) co_return made.status();
        }
        co_return OkStatus();
    };
    testing::NatsServer server;
    ASSERT_TRUE(server.Start().ok());
    testing::TaskRunner runner;
    ConnectionConfig config;
    config.url = server.url();
    Connection reader(runner.executor(), config);
    Connection maker(runner.executor(), config);
    ASSERT_TRUE(runner.Run(reader.Connect()).ok());
    ASSERT_TRUE(runner.Run(maker.Connect()).ok());
    std::vector<std::unique_ptr<KvBucket>> buckets;
    runtime::TaskGroup readers(runner.executor(), 20);
    for (int i = 0; i < 20; ++i) {
        buckets.push_back(std::make_unique<KvBucket>(reader, "b" + std::to_string(i)));
        ASSERT_TRUE(readers.Spawn(read(*buckets.back())).ok());
    }
    const Status made = runner.Run(runtime::FirstOf(readers.Wait(), make(maker)));
    EXPECT_TRUE(made.ok()) << made;
    EXPECT_TRUE(server.running()) << server.log();
}

TEST_F(BusKvBucket, AProvisionIsMadeAgainAtABrokerThatComesBackEmpty) {
    KvConfig config;
    config.bucket = "kept";
    std::vector<Status> errors;
    Provision provision(connection, {}, {config}, [&errors](const Status& error) {
        errors.push_back(error);
    });
    ASSERT_TRUE(runner.Run(provision.Make()).ok());
    KvBucket kept(connection, "kept");
    ASSERT_TRUE(runner.Run(kept.Put("a", "1")).ok());
    server.Kill();
    std::filesystem::remove_all(server.store());
    ASSERT_TRUE(server.Start().ok());
    const auto written = [](KvBucket& into) -> runtime::Task<Status> {
        for (const Deadline deadline = Deadline::After(std::chrono::seconds(20));;) {
            const auto put = co_await into.Put("a", "2");
            if (put.ok() || deadline.Passed()) co_return put.status();
            co_await runtime::Sleep(std::chrono::milliseconds(20));
        }
    };
    const Status done = runner.Run(runtime::FirstOf(provision.Keep(), written(kept)));
    EXPECT_TRUE(done.ok()) << done;
}

}  // namespace
}  // namespace mp::bus
