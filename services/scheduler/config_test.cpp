#include "scheduler/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "config/sources.hpp"
#include "config/startup.hpp"

namespace mp::scheduler {
namespace {

config::Sources Shipped(const std::string& environment) {
    config::Sources sources;
    const char* root = std::getenv("MP_SOURCE_DIR");
    sources.directory = std::filesystem::path(root ? root : ".") / "services/scheduler/config";
    sources.environment = environment;
    sources.environment_required = true;
    return sources;
}

TEST(SchedulerConfig, ShipsFilesThatAreValid) {
    for (const char* environment : {"development", "production"}) {
        const auto loaded = config::Load<Config>(Shipped(environment), ReadConfig);
        EXPECT_TRUE(loaded.ok()) << environment << ": " << loaded.status();
    }
}

TEST(SchedulerConfig, HasAllBuiltInJobs) {
    const auto loaded = config::Load<Config>(Shipped("development"), ReadConfig);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    std::set<std::string> enabled;
    std::set<std::string> all;
    for (const Job& job : loaded->config.jobs) {
        all.insert(job.spec.id);
        if (job.spec.enabled) enabled.insert(job.spec.id);
    }
    EXPECT_EQ(
        all,
        (std::set<std::string>{
            "backup",
            "cache_warmup",
            "funding_rates",
            "gap_repair",
            "liquidation_monitor",
            "open_interest",
            "recover_failed_tasks",
            "recover_stuck_tasks",
            "retention"})
    );
    // Liquidations stream, nobody works for that job; where backups go is for the operator to say.
    all.erase("liquidation_monitor");
    all.erase("backup");
    EXPECT_EQ(enabled, all);
}

TEST(SchedulerConfig, WorkersAreNotMadeAndEndedByTheSameLoad) {
    config::Sources sources = Shipped("development");
    for (const char* down : {"5", "0.8"}) {
        sources.overrides = {
            "workers.scale_up_above=0.8", std::string("workers.scale_down_below=") + down};
        const auto loaded = config::Load<Config>(sources, ReadConfig);
        ASSERT_FALSE(loaded.ok()) << down;
        const std::string message(loaded.status().message());
        EXPECT_NE(message.find("workers.scale_down_below"), std::string::npos) << message;
    }
    sources.overrides = {"workers.scale_up_above=5", "workers.scale_down_below=0.8"};
    const auto loaded = config::Load<Config>(sources, ReadConfig);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
}

TEST(SchedulerConfig, SaysWhatReplacesOlderKeys) {
    config::Sources sources = Shipped("development");
    sources.overrides = {"scheduler.jobs.funding_rate.enabled=true", "jobs.retention.interval=1h"};
    const auto loaded = config::Load<Config>(sources, ReadConfig);
    ASSERT_FALSE(loaded.ok());
    const std::string message(loaded.status().message());
    EXPECT_NE(message.find("its jobs stand under jobs"), std::string::npos) << message;
    EXPECT_NE(message.find("say schedule: every 1h"), std::string::npos) << message;
}

TEST(SchedulerConfig, NamesTheJobThatIsWrong) {
    config::Sources sources = Shipped("development");
    sources.overrides = {
        "jobs.retention.schedule=61 * * * *",
        "jobs.cache_warmup.overlap=perhaps",
        "jobs.mine.kind=export",
        "jobs.export.schedule=every 1h",
        "jobs.export.timeout=31d",
        "leadership.ttl=1m"};
    const auto loaded = config::Load<Config>(sources, ReadConfig);
    ASSERT_FALSE(loaded.ok());
    const std::string message(loaded.status().message());
    for (const char* key :
         {"jobs.retention.schedule",
          "jobs.cache_warmup.overlap",
          "jobs.mine.schedule",
          "jobs.export.timeout",
          "leadership.ttl"}) {
        EXPECT_NE(message.find(key), std::string::npos) << key << " in\n" << message;
    }
}

}  // namespace
}  // namespace mp::scheduler
