#include "reliability/two_level_cache.hpp"

#include <gtest/gtest.h>
#include <map>

#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using std::chrono::seconds;

class FakeRemoteCache final : public RemoteCache {
  public:
    Task<Result<std::string>> Get(std::string key) override {
        if (away) co_return absl::UnavailableError("redis away");
        const auto found = values.find(key);
        if (found == values.end()) co_return absl::NotFoundError(key);
        co_return found->second.first;
    }
    Task<Status> Set(std::string key, std::string value, Duration ttl) override {
        if (away) co_return absl::UnavailableError("redis away");
        values[key] = {std::move(value), ttl};
        co_return OkStatus();
    }
    Task<Status> Delete(std::string key) override {
        values.erase(key);
        co_return OkStatus();
    }

    bool away = false;
    std::map<std::string, std::pair<std::string, Duration>> values;
};

class TwoLevelCacheTest : public ::testing::Test {
  protected:
    Task<Result<std::string>> Load(std::string key) {
        ++loads_;
        co_return key + std::to_string(loads_);
    }
    std::string Get(std::string key) {
        const auto hit = runner_.Run(cache_.Get(
            std::move(key),
            [this](std::string missing) { return Load(std::move(missing)); },
            Deadline::After(seconds(20))
        ));
        return hit.ok() ? *hit->value : hit.status().ToString();
    }

    mp::testing::ManualClock clock_;
    mp::testing::TaskRunner runner_;
    FakeRemoteCache remote_;
    TwoLevelCache cache_{"test", runner_.executor(), remote_, {}, clock_};
    int loads_ = 0;
};

TEST_F(TwoLevelCacheTest, FillsBothLevelsOnALoad) {
    EXPECT_EQ(Get("a"), "a1");
    EXPECT_EQ(Get("a"), "a1");
    EXPECT_EQ(remote_.values.at("cache:a").first, "a1");
    EXPECT_EQ(remote_.values.at("cache:a").second, seconds(3600));
    EXPECT_EQ(cache_.GetStats().remote_misses, 1u);
    EXPECT_EQ(cache_.GetStats().local.hits, 1u);
}

TEST_F(TwoLevelCacheTest, FillsTheLocalLevelFromTheRemote) {
    remote_.values["cache:a"] = {"shared", seconds(1)};
    EXPECT_EQ(Get("a"), "shared");
    remote_.values.clear();
    EXPECT_EQ(Get("a"), "shared");
    EXPECT_EQ(loads_, 0);
    EXPECT_EQ(cache_.GetStats().remote_hits, 1u);
}

TEST_F(TwoLevelCacheTest, ServesFromTheLoaderWhenTheRemoteIsAway) {
    remote_.away = true;
    EXPECT_EQ(Get("a"), "a1");
    EXPECT_EQ(cache_.GetStats().remote_errors, 2u);
    EXPECT_EQ(runner_.Run(cache_.Set("b", "x")).code(), StatusCode::kUnavailable);
    EXPECT_EQ(Get("b"), "x");
}

TEST_F(TwoLevelCacheTest, SetsAndDeletesInBothLevels) {
    EXPECT_TRUE(runner_.Run(cache_.Set("a", "x")).ok());
    EXPECT_EQ(Get("a"), "x");
    cache_.ClearLocal();
    EXPECT_EQ(Get("a"), "x");
    EXPECT_TRUE(runner_.Run(cache_.Delete("a")).ok());
    EXPECT_EQ(Get("a"), "a1");
}

}  // namespace
}  // namespace mp::reliability
