#include "storage/tasks/backup_task.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "storage/engines/test/wrapped_engine.hpp"
#include "testing/run_task.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// An engine whose backup goes on until it is told to stop, or allowed to end.
class SlowToBackUp final : public WrappedEngine {
  public:
    Result<BackupReport> Backup(const BackupOrder& order, const OnBackupProgress& on_progress)
        override {
        ++begun;
        asked = order;
        while (!may_end) {
            if (!on_progress(0.5)) {
                ++stopped;
                return absl::CancelledError("stopped");
            }
            std::this_thread::yield();
        }
        if (!outcome.ok()) return outcome;
        return BackupReport{3, 100, 40, 7, 9, absl::UnavailableError("an old one is held")};
    }

    std::atomic<int> begun{0};
    std::atomic<int> stopped{0};
    std::atomic<bool> may_end{true};
    BackupOrder asked;
    Status outcome;
};

class BackupTaskTest : public ::testing::Test {
  protected:
    Result<std::string> Run(const std::string& payload) {
        tasks::Task description;
        description.set_payload_json(payload);
        tasks::TaskContext context(description, "w", 0, Deadline::After(10s));
        return testing::RunTask(task_.Run(context));
    }

    telemetry::MetricRegistry registry_;
    StorageMetrics metrics_{registry_};
    SlowToBackUp engine_;
    BackupTask task_{engine_, {"/usual", 7}, metrics_};
};

TEST_F(BackupTaskTest, TellsWhatWasMadeAndWhere) {
    EXPECT_EQ(
        Run("{}").value(),
        R"({"backup":3,"bytes":100,"copied_bytes":40,"events":7,"floor":9,"to":"/usual"})"
    );
    EXPECT_EQ(engine_.asked.keep, 7u);
    EXPECT_THAT(Run(R"({"to":"/there","keep":2})").value(), HasSubstr(R"("to":"/there")"));
    EXPECT_EQ(engine_.asked.to, "/there");
    EXPECT_EQ(engine_.asked.keep, 2u);
    EXPECT_THAT(
        registry_.ToText(), HasSubstr(R"(marketprism_store_backups_total{outcome="made"} 2)")
    );
    EXPECT_THAT(registry_.ToText(), HasSubstr("marketprism_store_backup_copied_bytes_total 80"));
}

TEST_F(BackupTaskTest, SaysWhyThereIsNone) {
    engine_.outcome = absl::ResourceExhaustedError("not enough room in /usual");
    EXPECT_EQ(Run("{}").status(), engine_.outcome);
    EXPECT_THAT(
        registry_.ToText(), HasSubstr(R"(marketprism_store_backups_total{outcome="failed"} 1)")
    );
}

TEST_F(BackupTaskTest, RefusesWhatItDoesNotUnderstand) {
    for (const char* payload : {"[]", "{", R"({"to":5})", R"({"to":""})", R"({"folder":"/x"})"}) {
        EXPECT_EQ(Run(payload).status().code(), StatusCode::kInvalidArgument) << payload;
    }
    BackupTask nowhere(engine_, {}, metrics_);
    tasks::Task description;
    tasks::TaskContext context(description, "w", 0, Deadline::After(10s));
    EXPECT_EQ(testing::RunTask(nowhere.Run(context)).status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(engine_.begun, 0);
}

TEST_F(BackupTaskTest, CancelledItStopsCopyingAndAnotherCanBeMade) {
    engine_.may_end = false;
    tasks::Task description;
    tasks::TaskContext context(description, "w", 0, Deadline::After(10s));
    const auto begun = [](SlowToBackUp& engine,
                          const tasks::TaskContext& shown) -> Task<Result<std::string>> {
        while (engine.begun == 0 || shown.progress() != 0.5) co_await runtime::Sleep(1ms);
        co_return "cancelled here";
    };
    const auto first =
        testing::RunTask(runtime::FirstOf(task_.Run(context), begun(engine_, context)));
    EXPECT_EQ(first.value(), "cancelled here");
    EXPECT_EQ(engine_.stopped, 1);
    engine_.may_end = true;
    EXPECT_TRUE(Run("{}").ok());
}

TEST_F(BackupTaskTest, ASecondOneAtTheSameTimeIsRefused) {
    engine_.may_end = false;
    tasks::Task description;
    tasks::TaskContext one(description, "w", 0, Deadline::After(10s));
    tasks::TaskContext two(description, "w", 0, Deadline::After(10s));
    const auto second = [](const SlowToBackUp& engine, BackupTask& task, tasks::TaskContext& context
                        ) -> Task<Result<std::string>> {
        while (engine.begun == 0) co_await runtime::Sleep(1ms);
        co_return co_await task.Run(context);
    };
    const auto refused =
        testing::RunTask(runtime::FirstOf(task_.Run(one), second(engine_, task_, two)));
    EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition);
    EXPECT_EQ(engine_.begun, 1);
}

}  // namespace
}  // namespace mp::storage
