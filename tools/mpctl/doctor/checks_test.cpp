#include "mpctl/doctor/checks.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "mpctl/system/example_snapshot.hpp"

namespace mp::mpctl {
namespace {

Evidence Healthy() {
    Evidence evidence;
    evidence.older = ExampleSnapshot(90, 0);
    evidence.newer = ExampleSnapshot(100, 0);
    evidence.now = evidence.newer.taken;
    evidence.jobs = Json::parse(R"({"data":[{"id":"retention","paused":false}],"leader":"one"})");
    evidence.dead_tasks = Json::parse(R"({"data":[]})");
    evidence.coverage = {Json::parse(R"({"data":[{"symbol":"BTC-USDT","exchange":"binance",
        "data_type":"trade","complete":true,"gaps":[]}]})")};
    return evidence;
}

Level Worst(const std::vector<Finding>& findings) {
    Level worst = Level::kOk;
    for (const Finding& finding : findings) worst = std::max(worst, finding.level);
    return worst;
}

// The first finding whose sentence contains `part`.
Finding Find(const std::vector<Finding>& findings, const std::string& part) {
    for (const Finding& finding : findings) {
        if (finding.what.find(part) != std::string::npos) return finding;
    }
    ADD_FAILURE() << "no finding says '" << part << "'";
    return {};
}

void AddMetrics(Evidence& evidence, const std::string& service, const std::string& text) {
    for (InstanceState& state : evidence.newer.instances) {
        if (state.service == service) state.metrics = Samples::Parse(text);
    }
}

TEST(Doctor, FindsNothingWrongWithAHealthySystem) {
    const Evidence evidence = Healthy();
    for (const Finding& finding : CheckAll(evidence)) {
        EXPECT_EQ(finding.level, Level::kOk) << finding.area << ": " << finding.what;
        EXPECT_EQ(finding.advice, "") << finding.what;
    }
}

TEST(Doctor, GivesAdviceWithEveryComplaint) {
    Evidence evidence = Healthy();
    evidence.newer = {};
    evidence.jobs = nullptr;
    for (const Finding& finding : CheckAll(evidence)) {
        EXPECT_TRUE(finding.level == Level::kOk || !finding.advice.empty()) << finding.what;
    }
    EXPECT_EQ(Worst(CheckServices(evidence)), Level::kFailure);
    EXPECT_EQ(Worst(CheckJobs(evidence)), Level::kFailure);
}

TEST(Doctor, NamesTheFailedDependency) {
    Evidence evidence = Healthy();
    evidence.newer.instances[1].health["status"] = "degraded";
    evidence.newer.instances[1].health["dependencies"]["nats"] = {{"error", "not connected"}};
    const Finding finding = Find(CheckServices(evidence), "degraded");
    EXPECT_EQ(finding.level, Level::kWarning);
    EXPECT_NE(finding.what.find("nats: not connected"), std::string::npos);
    EXPECT_NE(finding.advice.find("mp-storage.log"), std::string::npos);
}

TEST(Doctor, TellsClocksFromReplays) {
    Evidence evidence = Healthy();
    const auto offset = [&](const std::string& seconds) {
        AddMetrics(
            evidence,
            kCollectorService,
            "marketprism_clock_offset_seconds{exchange=\"binance\"} " + seconds + "\n"
        );
        return Worst(CheckClocks(evidence));
    };
    EXPECT_EQ(offset("0.1"), Level::kOk);
    EXPECT_EQ(offset("-1.5"), Level::kWarning);
    EXPECT_EQ(offset("7"), Level::kFailure);
    EXPECT_EQ(offset("50000000"), Level::kOk);
    evidence.newer.taken += 10 * kSecond;
    EXPECT_EQ(Worst(CheckClocks(evidence)), Level::kWarning);
}

TEST(Doctor, NoticesSilenceAndDisconnection) {
    Evidence evidence = Healthy();
    evidence.older = evidence.newer;
    evidence.older.steady -= 10 * kSecond;
    EXPECT_EQ(Find(CheckFeeds(evidence), "sent nothing").level, Level::kWarning);
    AddMetrics(
        evidence, kCollectorService, "marketprism_connection_status{exchange=\"binance\"} 0\n"
    );
    EXPECT_EQ(Find(CheckFeeds(evidence), "not connected").level, Level::kFailure);
}

TEST(Doctor, SaysHowManyDaysTheDiskLasts) {
    Evidence evidence = Healthy();
    const std::string metrics =
        "marketprism_messages_total{status=\"stored\"} 9000\nmarketprism_store_rows 9000\n"
        "marketprism_store_disk_bytes 900000\nprocess_start_time_seconds 1717999000\n";
    // 9000 rows of 100 bytes in 1000 seconds: 77.76 MB a day.
    AddMetrics(
        evidence, kStorageService, metrics + "marketprism_store_disk_free_bytes 777600000\n"
    );
    const Finding warning = CheckDisk(evidence).at(0);
    EXPECT_EQ(warning.level, Level::kWarning);
    EXPECT_NE(warning.what.find("10 days left at 77.8 MB a day"), std::string::npos)
        << warning.what;
    AddMetrics(evidence, kStorageService, metrics + "marketprism_store_disk_free_bytes 77760000\n");
    EXPECT_EQ(CheckDisk(evidence).at(0).level, Level::kFailure);
}

TEST(Doctor, DoesNotJudgeTheDiskByTheFirstMinutes) {
    Evidence evidence = Healthy();
    AddMetrics(
        evidence,
        kStorageService,
        "marketprism_messages_total{status=\"stored\"} 900\nmarketprism_store_rows 900\n"
        "marketprism_store_disk_bytes 90000\nprocess_start_time_seconds 1717999900\n"
        "marketprism_store_disk_free_bytes 1\n"
    );
    EXPECT_EQ(CheckDisk(evidence).at(0).level, Level::kOk);
    EXPECT_NE(CheckDisk(evidence).at(0).what.find("unknown so early (1m 40s)"), std::string::npos);
}

TEST(Doctor, CountsGapsAndSaysWhereToLook) {
    Evidence evidence = Healthy();
    AddMetrics(
        evidence,
        kStorageService,
        "marketprism_store_gaps{data_type=\"trade\"} 2\nmarketprism_store_gaps{data_type=\"bbo\"} "
        "3\n"
    );
    evidence.coverage.insert(
        evidence.coverage.begin(),
        Json::parse(
            R"({"data":[{"symbol":"OLD","exchange":"okx","gaps":[{"reason":"retention"}]}]})"
        )
    );
    evidence.coverage[1]["data"][0]["gaps"] = Json::parse(R"([{"reason":"disconnected"}])");
    const Finding finding = Find(CheckGaps(evidence), "5 gaps in what is stored");
    EXPECT_EQ(finding.level, Level::kWarning);
    EXPECT_NE(finding.advice.find("mpctl coverage BTC-USDT -e binance"), std::string::npos);
}

TEST(Doctor, ReportsWhatIsNotAccountedFor) {
    Evidence evidence = Healthy();
    EXPECT_TRUE(CheckReconciliation(evidence).empty()) << "an older storage does not tell";
    const std::string name = "marketprism_storage_reconciliation_difference";
    AddMetrics(
        evidence,
        kStorageService,
        name + "{exchange=\"okx\",data_type=\"trade\"} 0\n" + name +
            "{exchange=\"okx\",data_type=\"bbo\"} 0\n"
    );
    EXPECT_EQ(Find(CheckReconciliation(evidence), "all that storage received").level, Level::kOk);
    evidence = Healthy();
    AddMetrics(
        evidence,
        kStorageService,
        name + "{exchange=\"okx\",data_type=\"trade\"} 0\n" + name +
            "{exchange=\"okx\",data_type=\"bbo\"} 1\n"
    );
    EXPECT_EQ(CheckReconciliation(evidence).size(), 1u);
    const Finding finding = Find(CheckReconciliation(evidence), "1 event of okx bbo");
    EXPECT_EQ(finding.level, Level::kFailure);
}

TEST(Doctor, ReportsDeadLettersAndTasks) {
    Evidence evidence = Healthy();
    evidence.dead_tasks = Json::parse(R"({"data":[{"id":"x"}]})");
    AddMetrics(evidence, kCollectorService, "marketprism_dead_letters_total 7\n");
    EXPECT_EQ(CheckDeadLetters(evidence).size(), 2u);
    Find(CheckDeadLetters(evidence), "7 messages could not be read");
    Find(CheckDeadLetters(evidence), "1 tasks were given up");
}

TEST(Doctor, CountsTheDeadLettersOfTasksOnce) {
    Evidence evidence = Healthy();
    evidence.dead_tasks = Json::parse(R"({"data":[{"id":"x"},{"id":"y"}]})");
    AddMetrics(
        evidence,
        kStorageService,
        "marketprism_dead_letters_total 2\nmarketprism_tasks_dead_total 2\n"
    );
    EXPECT_EQ(CheckDeadLetters(evidence).size(), 1u);
    Find(CheckDeadLetters(evidence), "2 tasks were given up");
}

TEST(Doctor, WarnsBeforeTheRateLimitIsUsedUp) {
    Evidence evidence = Healthy();
    evidence.newer.rate_limit = 100;
    evidence.newer.rate_limit_remaining = 60;
    EXPECT_EQ(Worst(CheckLimits(evidence)), Level::kOk);
    evidence.newer.rate_limit_remaining = 9;
    EXPECT_EQ(Worst(CheckLimits(evidence)), Level::kWarning);
    evidence.newer.rate_limit = -1;
    AddMetrics(
        evidence, kGatewayService, "marketprism_circuit_breaker_state{name=\"storage\"} 1\n"
    );
    EXPECT_NE(Find(CheckLimits(evidence), "is open").what.find("storage"), std::string::npos);
}

TEST(Doctor, NoticesOverdueAndPausedJobs) {
    Evidence evidence = Healthy();
    evidence.jobs["data"][0]["paused"] = true;
    evidence.jobs["data"][0]["next_due_ts"] = FormatTime(evidence.now - 600 * kSecond);
    Find(CheckJobs(evidence), "is paused");
    Find(CheckJobs(evidence), "is overdue");
    evidence.jobs["leader"] = "";
    EXPECT_EQ(Worst(CheckJobs(evidence)), Level::kFailure);
}

}  // namespace
}  // namespace mp::mpctl
