#include "storage/tasks/export_task.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ExportTaskTest : public ::testing::Test {
  protected:
    Result<std::string> Run(const std::string& payload) {
        tasks::Task description;
        description.set_payload_json(payload);
        tasks::TaskContext context(description, "w", 0, Deadline::After(60s));
        return testing::RunTask(task_.Run(context));
    }

    testing::TempDir folder_;
    testing::ManualClock clock_{kSecond};
    telemetry::MetricRegistry registry_;
    StorageMetrics metrics_{registry_};
    MemoryEngine engine_{clock_};
    ExportTask task_{{engine_, clock_}, {folder_ / "exports"}, metrics_};
};

TEST_F(ExportTaskTest, TellsWhatWasWrittenAndWhere) {
    Append(engine_, {TestTrade(10, 1), TestTrade(20, 2)});
    const std::string payload =
        R"({"series":[{"symbol":"BTC-USDT"}],"start":0,"end":1,"to":"mine"})";
    const auto result = Run(payload);
    ASSERT_TRUE(result.ok()) << result.status();
    const auto told = nlohmann::json::parse(*result);
    EXPECT_EQ(told["to"], (folder_ / "exports/mine").string());
    EXPECT_TRUE(std::filesystem::exists(told["manifest"].get<std::string>()));
    EXPECT_EQ(told["rows"], 2);
    EXPECT_EQ(told["parts"], 1);
    EXPECT_EQ(told["complete"], false);
    EXPECT_EQ(nlohmann::json::parse(*Run(payload))["kept_parts"], 1);
    const std::string metrics = registry_.ToText();
    EXPECT_THAT(metrics, HasSubstr(R"(marketprism_store_exports_total{outcome="made"} 2)"));
    EXPECT_THAT(metrics, HasSubstr(R"(marketprism_store_exports_total{outcome="failed"} 0)"));
    EXPECT_THAT(metrics, HasSubstr("marketprism_store_exported_rows_total 2"));
}

TEST_F(ExportTaskTest, RefusesForGoodWhatItCannotDo) {
    for (const char* payload :
         {"{}",
          R"({"series":[{}],"start":0,"end":1,"to":"../away"})",
          R"({"series":[{}],"start":0,"end":1})"}) {
        EXPECT_EQ(Run(payload).status().code(), StatusCode::kInvalidArgument) << payload;
    }
    EXPECT_FALSE(std::filesystem::exists(folder_ / "away"));
}

}  // namespace
}  // namespace mp::storage
