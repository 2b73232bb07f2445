#include "registry/directory.hpp"

#include <gtest/gtest.h>

#include "registry/registration.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::registry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Instance Make(const std::string& service, const std::string& name) {
    Instance instance;
    instance.set_service(service);
    instance.set_instance(name);
    instance.set_host("127.0.0.1");
    instance.set_grpc_port(50051);
    instance.set_status("healthy");
    return instance;
}

class RegistryDirectory : public ::testing::Test {
  protected:
    RegistryDirectory() { config_.sweep = milliseconds(1); }

    void Run() {
        directory_.emplace(bucket_, config_, clock_);
        directory_->OnChange([this](const std::string& service) { changes_.push_back(service); });
        runner_.Start(directory_->Run());
        ASSERT_TRUE(Reached([this] { return directory_->synced(); }));
    }
    void Put(const Instance& instance) {
        const std::string key = InstanceKey(instance.service(), instance.instance());
        ASSERT_TRUE(runner_.Run(bucket_.Put(key, instance.SerializeAsString())).ok());
    }
    size_t Count(std::string_view service) { return directory_->Instances(service).size(); }

    template <typename Condition>
    bool Reached(Condition condition) {
        return runner_.Run(Wait(condition, Deadline::After(seconds(5))));
    }
    template <typename Condition>
    static runtime::Task<bool> Wait(Condition condition, Deadline deadline) {
        while (!condition() && !deadline.Passed()) co_await runtime::Sleep(milliseconds(1));
        co_return condition();
    }

    testing::ManualClock clock_;
    testing::FakeKeyValue bucket_{clock_, seconds(3)};
    testing::TaskRunner runner_;
    Directory::Config config_;
    std::vector<std::string> changes_;
    std::optional<Directory> directory_;
};

TEST_F(RegistryDirectory, ListsWhoIsThereAndWhoComesAndGoes) {
    Put(Make(kStorage, "s1"));
    Run();
    EXPECT_EQ(Count(kStorage), 1u);
    Put(Make(kStorage, "s2"));
    Put(Make(kCollector, "c1"));
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 2 && Count(kCollector) == 1; }));
    ASSERT_EQ(runner_.Run(bucket_.Delete(InstanceKey(kStorage, "s1"))), OkStatus());
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 1; }));
    EXPECT_EQ(directory_->Instances(kStorage)[0].instance(), "s2");
    EXPECT_EQ(directory_->All().size(), 2u);
    EXPECT_EQ(changes_, (std::vector<std::string>{kStorage, kStorage, kCollector, kStorage}));
}

TEST_F(RegistryDirectory, ForgetsWhoStopsItsHeartbeats) {
    Run();
    Put(Make(kStorage, "dead"));
    Put(Make(kStorage, "alive"));
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 2; }));
    for (int i = 0; i < 4; ++i) {
        clock_.Advance(seconds(1));
        Put(Make(kStorage, "alive"));
    }
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 1; }));
    EXPECT_EQ(directory_->Instances(kStorage)[0].instance(), "alive");
    // Heartbeats are no news.
    EXPECT_EQ(changes_.size(), 3u);
}

TEST_F(RegistryDirectory, DeclaresNobodyDeadWhileTheBucketIsAway) {
    bool reachable = true;
    int sweeps = 0;
    config_.reachable = [&] {
        ++sweeps;
        return reachable;
    };
    const auto swept = [&] { return Reached([&, until = sweeps + 2] { return sweeps >= until; }); };
    Run();
    Put(Make(kStorage, "s1"));
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 1; }));
    reachable = false;
    clock_.Advance(seconds(60));
    ASSERT_TRUE(swept());
    EXPECT_EQ(Count(kStorage), 1u);
    reachable = true;
    ASSERT_TRUE(swept());
    EXPECT_EQ(Count(kStorage), 1u);
    clock_.Advance(seconds(7));
    ASSERT_TRUE(swept());
    EXPECT_EQ(Count(kStorage), 1u) << "it may still be on its way back";
    clock_.Advance(seconds(2));
    EXPECT_TRUE(Reached([this] { return Count(kStorage) == 0; }));
}

TEST_F(RegistryDirectory, DeclaresNobodyDeadWhileItsOwnHeartbeatsAreMissingToo) {
    config_.self = InstanceKey(kGateway, "us");
    int sweeps = 0;
    config_.reachable = [&] {
        ++sweeps;
        return true;
    };
    const auto advance = [&](milliseconds time) {
        clock_.Advance(time);
        return Reached([&, until = sweeps + 2] { return sweeps >= until; });
    };
    uint32_t beats = 0;
    const auto beat = [&] {
        Instance us = Make(kGateway, "us");
        us.set_http_port(++beats);
        Put(us);
        return Reached([&] {
            const auto listed = directory_->Instances(kGateway);
            return !listed.empty() && listed[0].http_port() == beats;
        });
    };
    Run();
    ASSERT_TRUE(beat());
    Put(Make(kStorage, "s1"));
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 1; }));
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(advance(milliseconds(2500)));
        EXPECT_EQ(Count(kStorage), 1u) << "the bucket is silent";
    }
    // A standstill of the test renews everybody: so it is said again until it takes effect.
    for (int i = 0; i < 100 && Count(kStorage) > 0; ++i) {
        ASSERT_TRUE(beat());
        ASSERT_TRUE(advance(milliseconds(1900)));
    }
    EXPECT_EQ(Count(kStorage), 0u) << "ours come back, its do not";
    Put(Make(kStorage, "s2"));
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 1; }));
    for (int i = 0; i < 100 && Count(kStorage) > 0; ++i) {
        ASSERT_TRUE(advance(milliseconds(2500)));
    }
    EXPECT_EQ(Count(kStorage), 0u) << "no silence lasts for ever";
}

TEST_F(RegistryDirectory, KeepsTheGraceOfAReturnWhenItsOwnHeartbeatComesFirst) {
    config_.self = InstanceKey(kGateway, "us");
    bool reachable = true;
    int sweeps = 0;
    config_.reachable = [&] {
        ++sweeps;
        return reachable;
    };
    const auto swept = [&] { return Reached([&, until = sweeps + 2] { return sweeps >= until; }); };
    Run();
    Put(Make(kGateway, "us"));
    Put(Make(kStorage, "s1"));
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 1 && Count(kGateway) == 1; }));
    reachable = false;
    clock_.Advance(seconds(4));
    ASSERT_TRUE(swept());
    reachable = true;
    ASSERT_TRUE(swept());
    Put(Make(kGateway, "us"));
    clock_.Advance(seconds(4));
    ASSERT_TRUE(swept());
    EXPECT_EQ(Count(kStorage), 1u);
}

TEST_F(RegistryDirectory, PicksWhoIsNearUnlessTheyHaveTooMuchToDo) {
    config_.zone = "a";
    Run();
    Instance near = Make(kStorage, "near");
    near.set_zone("a");
    near.set_load(0.7);
    Instance far = Make(kStorage, "far");
    far.set_zone("b");
    Put(near);
    Put(far);
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 2; }));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(directory_->Pick(kStorage)->instance(), "near");
    near.set_load(0.9);
    Put(near);
    const auto picked_far = [this] { return directory_->Pick(kStorage)->instance() == "far"; };
    EXPECT_TRUE(Reached(picked_far));
    near.set_load(0.1);
    near.set_status("degraded");
    Put(near);
    ASSERT_TRUE(Reached([this] {
        const auto all = directory_->Instances(kStorage);
        return all[1].status() == "degraded";
    }));
    EXPECT_EQ(directory_->Pick(kStorage)->instance(), "far") << "health comes first";
}

TEST_F(RegistryDirectory, PicksTheHealthyAndLeastLoadedInTurn) {
    Run();
    EXPECT_TRUE(absl::IsNotFound(directory_->Pick(kStorage).status()));
    Instance draining = Make(kStorage, "draining");
    draining.set_draining(true);
    Instance sick = Make(kStorage, "sick");
    sick.set_status("degraded");
    Put(draining);
    Put(sick);
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 2; }));
    EXPECT_EQ(directory_->Pick(kStorage)->instance(), "sick");
    Instance busy = Make(kStorage, "busy");
    busy.set_load(0.9);
    Put(busy);
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 3; }));
    EXPECT_EQ(directory_->Pick(kStorage)->instance(), "busy");
    for (const char* name : {"idle-1", "idle-2"}) {
        Instance idle = Make(kStorage, name);
        idle.set_load(name == std::string("idle-1") ? 0.1 : 0.15);
        Put(idle);
    }
    ASSERT_TRUE(Reached([this] { return Count(kStorage) == 5; }));
    const std::string first = directory_->Pick(kStorage)->instance();
    const std::string second = directory_->Pick(kStorage)->instance();
    EXPECT_NE(first, second);
    EXPECT_TRUE(first.starts_with("idle") && second.starts_with("idle"));
}

TEST_F(RegistryDirectory, FallsBackToFixedInstances) {
    config_.fixed.push_back(FixedInstance(kStorage, "http://storage:8000").value());
    Run();
    ASSERT_EQ(directory_->Pick(kStorage)->host(), "storage");
    Put(Make(kStorage, "s1"));
    ASSERT_TRUE(Reached([this] { return directory_->Pick(kStorage)->instance() == "s1"; }));
}

TEST_F(RegistryDirectory, TakesOverWhatAFixedInstanceTurnsOutToBe) {
    Run();
    changes_.clear();
    Instance found = Make(kStorage, "one");
    directory_->SetFixed(found);
    EXPECT_EQ(directory_->Pick(kStorage)->instance(), "one");
    directory_->SetFixed(found);
    EXPECT_EQ(changes_.size(), 1u) << "nothing changed";
    found.set_grpc_port(50052);
    directory_->SetFixed(found);
    EXPECT_EQ(Count(kStorage), 1u);
    EXPECT_EQ(directory_->Pick(kStorage)->grpc_port(), 50052u);
    directory_->DropFixed(kStorage);
    EXPECT_FALSE(directory_->Pick(kStorage).ok());
    EXPECT_EQ(changes_.size(), 3u);
}

TEST_F(RegistryDirectory, KnowsAliasesAndIgnoresWhatItCannotRead) {
    Run();
    ASSERT_TRUE(runner_.Run(bucket_.Put("garbage", "\xff\xff\xff")).ok());
    Put(Make(kGateway, "g1"));
    ASSERT_TRUE(Reached([this] { return Count("api-gateway") == 1; }));
    EXPECT_EQ(Count(kGateway), 1u);
    EXPECT_EQ(directory_->All().size(), 1u);
}

TEST_F(RegistryDirectory, WaitsForAService) {
    Run();
    EXPECT_TRUE(absl::IsDeadlineExceeded(
        runner_.Run(directory_->WaitFor(kStorage, Deadline::After(milliseconds(10))))
    ));
    Status waited = absl::UnknownError("waiting");
    runner_.Start([](Directory& which, Status& result) -> runtime::Task<> {
        result = co_await which.WaitFor(kStorage, Deadline::After(seconds(10)));
    }(*directory_, waited));
    Put(Make(kStorage, "s1"));
    EXPECT_TRUE(Reached([&] { return waited.ok(); }));
}

TEST_F(RegistryDirectory, SeesRegistrations) {
    Run();
    double load = 0.25;
    Registration registration(
        bucket_,
        Make("api-gateway", "g.1"),
        {.heartbeat = milliseconds(5)},
        {.load = [&] { return load; }, .status = [] { return std::string("degraded"); }},
        clock_
    );
    runner_.Start(registration.Run());
    ASSERT_TRUE(Reached([this] { return Count(kGateway) == 1; }));
    EXPECT_EQ(directory_->Instances(kGateway)[0].status(), "degraded");
    load = 0.5;
    ASSERT_TRUE(Reached([this] { return directory_->Instances(kGateway)[0].load() == 0.5; }));
    EXPECT_TRUE(registration.listed());
    ASSERT_EQ(runner_.Run(registration.StartDraining()), OkStatus());
    ASSERT_TRUE(Reached([this] { return directory_->Instances(kGateway)[0].draining(); }));
    bucket_.SetAway(true);
    ASSERT_TRUE(Reached([&] { return registration.failures() > 0; }));
    EXPECT_FALSE(registration.listed());
}

TEST(RegistryInstance, HasAKeyThatAnyBucketTakes) {
    EXPECT_EQ(InstanceKey("api-gateway", "host-1"), "api-gateway-service.host-1");
    const std::string key = InstanceKey(kStorage, "host.local:8002 (a)");
    EXPECT_EQ(reliability::CheckKey(key), OkStatus());
    EXPECT_EQ(std::count(key.begin(), key.end(), '.'), 1);
}

TEST(RegistryInstance, IsReadFromAUrl) {
    const auto instance = FixedInstance("data-storage-service", "http://10.0.0.1:8002/");
    ASSERT_TRUE(instance.ok());
    EXPECT_EQ(instance->host(), "10.0.0.1");
    EXPECT_EQ(instance->http_port(), 8002u);
    EXPECT_EQ(FixedInstance("s", "http://storage")->http_port(), 80u);
    EXPECT_EQ(FixedInstance("s", "https://storage")->http_port(), 443u);
    EXPECT_EQ(FixedInstance("s", "https://storage:8000")->host(), "storage");
    for (const char* bad :
         {"",
          "storage:8000",
          "ftp://x:1",
          "http://:80",
          "http://x:0",
          "http://x:99999",
          "http://x:80/path",
          "http://x:8o"}) {
        EXPECT_TRUE(absl::IsInvalidArgument(FixedInstance("s", bad).status())) << bad;
    }
}

}  // namespace
}  // namespace mp::registry
