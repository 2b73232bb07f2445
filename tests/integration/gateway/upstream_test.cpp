// The gateway's side of a call to another service, against real gRPC servers in this process:
// hedging, limits, what travels with a call.

#include <algorithm>
#include <gmock/gmock.h>
#include <vector>

#include "gateway/query/history.hpp"
#include "gateway/rest/render.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "upstream_fixture.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST_F(UpstreamTest, AsksAnotherInstanceWhenTheFirstIsLate) {
    FakeStore a(runner_.executor(), "a"), b(runner_.executor(), "b");
    Start({.hedge_after = 20ms});
    List(a);
    List(b);
    // Whichever is asked first stays silent.
    const auto one_speaks = [&] {
        if (a.calls > 0) b.open.Set();
        if (a.calls == 0 && b.calls > 0) a.open.Set();
        return a.calls > 0 && b.calls > 0;
    };
    runner_.Start(Until(one_speaks));
    const Statistics answer = runner_.Run(Ask(Deadline::After(5s)));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->engine(), a.open.IsSet() ? "a" : "b");
    EXPECT_THAT(
        metrics_.ToText(),
        HasSubstr("marketprism_hedged_calls_total{upstream=\"data-storage-service\"} 1")
    );
}

TEST_F(UpstreamTest, AsksTheOthersForWhatOneDoesNotKnow) {
    FakeStore a(runner_.executor(), "a"), b(runner_.executor(), "b"), c(runner_.executor(), "c");
    Start();
    for (FakeStore* store : {&a, &b, &c}) {
        List(*store);
        store->open.Set();
        store->knows = store == &c;
    }
    const auto ask = [&] {
        return runner_.Run(
            upstream_->CallWhereFound<pb::GetStatisticsRequest, pb::GetStatisticsResponse>(
                &Async::GetStatistics, {}, RequestContext(Deadline::After(5s))
            )
        );
    };
    for (int turn = 0; turn < 3; ++turn) {
        const Statistics answer = ask();
        ASSERT_TRUE(answer.ok()) << answer.status();
        EXPECT_EQ(answer->engine(), "c");
    }
    EXPECT_EQ(c.calls, 3);
    c.knows = false;
    EXPECT_TRUE(absl::IsNotFound(ask().status()));
    EXPECT_FALSE(upstream_->away());
}

TEST_F(UpstreamTest, OpensAStreamElsewhereWhenItsFirstMessageIsLate) {
    FakeStore a(runner_.executor(), "a"), b(runner_.executor(), "b");
    Start({.hedge_after = 20ms});
    List(a);
    List(b);
    FakeStore* silent = nullptr;
    const auto one_speaks = [&] {
        if (silent == nullptr && a.calls + b.calls > 0) silent = a.calls > 0 ? &a : &b;
        if (silent != nullptr) (silent == &a ? b : a).open.Set();
        return a.calls > 0 && b.calls > 0;
    };
    runner_.Start(Until(one_speaks));
    auto stream = runner_.Run(upstream_->Open(
        "QueryEvents", pb::QueryEventsRequest(), RequestContext(Deadline::After(5s))
    ));
    ASSERT_TRUE(stream.ok()) << stream.status();
    EventStream events(*std::move(stream));
    std::string chunk;
    std::vector<std::string> from;
    for (;;) {
        const Result<bool> more = runner_.Run(events.Next(chunk));
        ASSERT_TRUE(more.ok()) << more.status();
        if (!*more) break;
        from.push_back(ReadTail(chunk)->next_cursor);
    }
    const std::string speaker = silent == &a ? "b" : "a";
    EXPECT_EQ(from, std::vector<std::string>({speaker, speaker}));
    EXPECT_FALSE(upstream_->away());
}

TEST_F(UpstreamTest, AsksTheOnlyInstanceTwice) {
    FakeStore only(runner_.executor(), "only");
    Start({.hedge_after = 10ms});
    List(only);
    runner_.Start(Until([&] { return only.calls == 2 && (only.open.Set(), true); }));
    EXPECT_TRUE(runner_.Run(Ask(Deadline::After(5s))).ok());
    EXPECT_EQ(only.calls, 2);
}

TEST_F(UpstreamTest, NeverAsksTwiceForWhatHasAnEffect) {
    FakeStore only(runner_.executor(), "only");
    Start({.hedge_after = 1ms});
    List(only);
    const Statistics late = runner_.Run(AskOnce(Deadline::After(100ms)));
    EXPECT_TRUE(absl::IsDeadlineExceeded(late.status())) << late.status();
    EXPECT_EQ(only.calls, 1);
}

TEST_F(UpstreamTest, StaysWithinItsShareOfSecondQuestions) {
    FakeStore only(runner_.executor(), "only");
    Start({.max_calls = 64, .hedge_after = 1ms, .hedge_share = 0});
    List(only);
    std::vector<Statistics> answers(30, absl::UnknownError(""));
    for (Statistics& answer : answers) {
        runner_.Start(Keep(Ask(Deadline::After(300ms)), answer));
    }
    ASSERT_TRUE(runner_.Run(Until([&] {
        return std::none_of(answers.begin(), answers.end(), [](const Statistics& answer) {
            return answer.status() == absl::UnknownError("");
        });
    })));
    EXPECT_LE(only.calls, 40) << "thirty, and what was saved up at the start";
}

TEST_F(UpstreamTest, SendsTraceAndDeadlineAlong) {
    FakeStore store(runner_.executor(), "store");
    store.open.Set();
    Start();
    List(store);
    const auto trace = telemetry::TraceContext::Generate();
    const RequestContext context{Deadline::After(3s), trace};
    ASSERT_TRUE(runner_.Run(Ask(context)).ok());
    const auto got = telemetry::TraceContext::Parse(store.traceparent);
    ASSERT_TRUE(got.has_value()) << store.traceparent;
    EXPECT_EQ(got->trace_id(), trace.trace_id());
    EXPECT_NE(got->span_id(), trace.span_id());
    EXPECT_LE(store.left, 3s + 100ms);  // gRPC rounds up what it sends
    EXPECT_GT(store.left, 2s);
}

TEST_F(UpstreamTest, RefusesWhatExceedsItsBulkhead) {
    FakeStore store(runner_.executor(), "store");
    Start({.max_calls = 2, .hedge_after = 0ms});
    List(store);
    std::vector<Statistics> answers(11, absl::UnknownError("under way"));
    for (Statistics& answer : answers) runner_.Start(Keep(Ask(Deadline::After(5s)), answer));
    // Two run, eight wait, one is too many.
    ASSERT_TRUE(runner_.Run(Until([&] { return !absl::IsUnknown(answers[10].status()); })));
    EXPECT_TRUE(absl::IsUnavailable(answers[10].status())) << answers[10].status();
    ASSERT_TRUE(runner_.Run(Until([&] { return store.calls == 2; })));
    store.open.Set();
    ASSERT_TRUE(runner_.Run(Until([&] {
        return std::all_of(answers.begin(), answers.begin() + 10, [](const Statistics& answer) {
            return answer.ok();
        });
    })));
    EXPECT_EQ(store.calls, 10);
}

// Whoever asks what takes long, or gives little time, must not cut off everybody else.
TEST_F(UpstreamTest, IsNotCutOffByQuestionsThatTakeTooLong) {
    FakeStore store(runner_.executor(), "store");
    Start({.hedge_after = 0ms});
    List(store);
    for (int i = 0; i < 10; ++i) {
        const Statistics late = runner_.Run(Ask(Deadline::After(20ms)));
        EXPECT_TRUE(absl::IsDeadlineExceeded(late.status())) << late.status();
    }
    store.open.Set();
    EXPECT_TRUE(runner_.Run(Ask(Deadline::After(5s))).ok());
}

TEST_F(UpstreamTest, LetsNoClientThatReadsSlowlyTakeTheGatewaysOwnStreams) {
    FakeStore store(runner_.executor(), "store");
    store.open.Set();
    Start({.max_streams = 1, .hedge_after = 0ms});
    List(store);
    const auto open = [&](StorageUpstream::Line line) {
        return runner_.Run(upstream_->Open(
            "QueryEvents", pb::QueryEventsRequest(), RequestContext(Deadline::After(500ms)), line
        ));
    };
    const auto dawdling = open(StorageUpstream::Line::kRelays);
    ASSERT_TRUE(dawdling.ok()) << dawdling.status();
    EXPECT_FALSE(open(StorageUpstream::Line::kRelays).ok());
    EXPECT_TRUE(open(StorageUpstream::Line::kStreams).ok());
}

// Its entry in the registry lives on for seconds.
TEST_F(UpstreamTest, AsksNobodyTwiceWhoCannotBeReachedWhileThereIsAnother) {
    auto dead = std::make_unique<FakeStore>(runner_.executor(), "dead");
    FakeStore alive(runner_.executor(), "alive");
    alive.open.Set();
    Start({.failure_threshold = 1, .hedge_after = 0ms});
    List(*dead);
    dead.reset();
    EXPECT_FALSE(runner_.Run(Ask(Deadline::After(5s))).ok());
    List(alive);
    for (int i = 0; i < 10; ++i) {
        const Statistics answer = runner_.Run(Ask(Deadline::After(5s)));
        ASSERT_TRUE(answer.ok()) << answer.status();
    }
}

// After an absence a few questions are let through; streams that go on for hours are answered ones.
TEST_F(UpstreamTest, IsBackAlsoWhereLongStreamsFoundItFirst) {
    auto store = std::make_unique<FakeStore>(runner_.executor(), "store");
    const auto port = static_cast<uint16_t>(store->instance().grpc_port());
    Start({.failure_threshold = 1, .open_for = 1ms, .hedge_after = 0ms});
    List(*store);
    store.reset();
    EXPECT_FALSE(runner_.Run(Ask(Deadline::After(5s))).ok());
    store = std::make_unique<FakeStore>(runner_.executor(), "store", port);
    store->open.Set();
    std::vector<StorageUpstream::Stream> long_ones;
    for (const Deadline deadline = Deadline::After(20s);
         long_ones.size() < 3 && !deadline.Passed();) {
        auto stream = runner_.Run(upstream_->Open(
            "QueryEvents", pb::QueryEventsRequest(), RequestContext(Deadline::After(5s))
        ));
        if (stream.ok()) long_ones.push_back(*std::move(stream));
    }
    ASSERT_EQ(long_ones.size(), 3u);
    const Statistics answer = runner_.Run(Ask(Deadline::After(5s)));
    EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(UpstreamTest, TellsTheCacheOfEveryFormatWhetherAnAnswerIsComplete) {
    FakeStore store(runner_.executor(), "store");
    store.open.Set();
    Start({.hedge_after = 0ms});
    List(store);
    for (const bool complete : {true, false}) {
        store.chunk.mutable_coverage()->set_complete(complete);
        for (const Format format : {Format::kJson, Format::kNdjson, Format::kCsv}) {
            auto stream = runner_.Run(upstream_->Open(
                "QueryEvents", pb::QueryEventsRequest(), RequestContext(Deadline::After(5s))
            ));
            ASSERT_TRUE(stream.ok()) << stream.status();
            const auto answer =
                runner_.Run(RenderEvents(EventStream(*std::move(stream)), format, {}));
            ASSERT_TRUE(answer.ok()) << answer.status();
            EXPECT_EQ(answer->complete, complete);
            EXPECT_EQ(answer->next_cursor, "store");
        }
    }
}

}  // namespace
}  // namespace mp::gateway
