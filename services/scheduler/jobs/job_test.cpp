#include "scheduler/jobs/job.hpp"

#include <gtest/gtest.h>
#include <string>

namespace mp::scheduler {
namespace {

JobSpec Spec() {
    JobSpec spec;
    spec.id = "retention";
    spec.kind = "retention";
    spec.schedule = "every 1h";
    return spec;
}

TEST(Job, SaysWhatIsWrongWithASpec) {
    EXPECT_TRUE(MakeJob(Spec()).ok());
    JobSpec bad_id = Spec();
    bad_id.id = "No Spaces";
    EXPECT_FALSE(MakeJob(bad_id).ok());
    JobSpec bad_payload = Spec();
    bad_payload.payload_json = "{";
    EXPECT_NE(MessageOf(MakeJob(bad_payload).status()).find("payload"), std::string_view::npos);
    JobSpec bad_timeout = Spec();
    bad_timeout.timeout = std::chrono::hours(31 * 24);
    EXPECT_EQ(MessageOf(MakeJob(bad_timeout).status()), "timeout: must lie between 1ms and 30d");
    JobSpec bad_schedule = Spec();
    bad_schedule.schedule = "every 1 hour";
    EXPECT_NE(
        MessageOf(MakeJob(bad_schedule).status()).find("every 1 hour"), std::string_view::npos
    );
}

TEST(JobState, SurvivesJson) {
    JobState state;
    state.paused = true;
    state.last_due = 1'718'000'000'123'456'789;
    state.last_fired = state.last_due + 1;
    state.last_task_id = "retention-1718000000";
    state.token = 0xFFFF'FFFF'FFFF;
    const Result<JobState> read = ParseJobState(ToJson(state));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, state);
}

TEST(JobState, RefusesWrongTypes) {
    EXPECT_FALSE(ParseJobState("[]").ok());
    EXPECT_FALSE(ParseJobState("{\"last_due\":\"soon\"}").ok());
    EXPECT_TRUE(ParseJobState("{\"from_the_future\":1}").ok());
}

TEST(JobSpec, IsReadFromJsonWithDefaults) {
    const auto spec = ParseJobSpec(
        "backfill",
        R"({"schedule":"0 4 * * *","time_zone":"Europe/Berlin","payload":{"days":2},
            "priority":"high","jitter":"5s","timeout":"90s","overlap":"allow","misfire":"skip"})"
    );
    ASSERT_TRUE(spec.ok()) << spec.status();
    EXPECT_EQ(spec->kind, "backfill");
    EXPECT_EQ(spec->payload_json, "{\"days\":2}");
    EXPECT_EQ(spec->priority, marketprism::v1::TASK_PRIORITY_HIGH);
    EXPECT_EQ(spec->jitter, std::chrono::seconds(5));
    EXPECT_EQ(spec->timeout, std::chrono::seconds(90));
    EXPECT_EQ(spec->overlap, Overlap::kAllow);
    EXPECT_EQ(spec->misfire, Misfire::kSkip);
    EXPECT_TRUE(spec->enabled);
    EXPECT_TRUE(MakeJob(*spec).ok());
}

TEST(JobSpec, NamesTheMemberThatIsWrong) {
    const auto error = [](const std::string& json) {
        return std::string(MessageOf(ParseJobSpec("x", json).status()));
    };
    EXPECT_EQ(error(R"({"overlap":"sometimes"})"), "overlap: must be skip or allow");
    EXPECT_EQ(error(R"({"enabled":"yes"})"), "enabled: has the wrong type");
    EXPECT_EQ(error(R"({"jitter":"5 minutes"})").substr(0, 7), "jitter:");
    EXPECT_EQ(error("nonsense"), "is not a JSON object");
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_EQ(error(R"({"payload":)" + deep + "}"), "is nested too deeply");
}

}  // namespace
}  // namespace mp::scheduler
