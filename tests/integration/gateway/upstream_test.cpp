// The gateway's side of a call to another service, against real gRPC and HTTP servers in this
// process: hedging, limits, what travels with a call, upstreams that leave, upstreams named by URL.

#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/query/history.hpp"
#include "gateway/rest/render.hpp"
#include "gateway/upstream/url_upstreams.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "registry/directory.hpp"
#include "rpc/server.hpp"
#include "rpc/server_stream.hpp"
#include "rpc/unary.hpp"
#include "runtime/all_of.hpp"
#include "runtime/condition.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Async = pb::StorageService::StubInterface::async_interface;
using Statistics = Result<pb::GetStatisticsResponse>;

// A store that answers when it is told to.
class FakeStore final : public pb::StorageService::CallbackService {
  public:
    FakeStore(const Executor& executor, std::string name, uint16_t port = 0)
        : dispatcher_(executor), name_(std::move(name)) {
        chunk.set_next_cursor(name_);
        auto server = rpc::Server::Start(
            {.port = port}, dispatcher_, {rpc::Serve<pb::StorageService>(*this)}
        );
        EXPECT_TRUE(server.ok()) << server.status();
        server_ = *std::move(server);
    }

    grpc::ServerUnaryReactor* GetStatistics(
        grpc::CallbackServerContext* context,
        const pb::GetStatisticsRequest*,
        pb::GetStatisticsResponse* response
    ) override {
        return rpc::Unary(dispatcher_, "GetStatistics", context, [=, this](auto& call) {
            return Answer(call, *response);
        });
    }

    grpc::ServerWriteReactor<pb::EventChunk>*
    QueryEvents(grpc::CallbackServerContext* context, const pb::QueryEventsRequest*) override {
        return rpc::ServerStream<pb::EventChunk>(
            dispatcher_,
            "QueryEvents",
            context,
            [this](auto&, auto& writer) { return Stream(writer); }
        );
    }

    registry::Instance instance() const {
        registry::Instance instance;
        instance.set_service(registry::kStorage);
        instance.set_instance(name_);
        instance.set_host("127.0.0.1");
        instance.set_grpc_port(server_->port());
        instance.set_status("healthy");
        return instance;
    }

    runtime::Event open;      // answers wait for it
    bool breaks_off = false;  // a stream says nothing more behind its first message
    bool knows = true;
    pb::EventChunk chunk;
    int calls = 0;
    std::string traceparent;
    Duration left{0};

  private:
    Task<Status> Stream(rpc::ServerWriter<pb::EventChunk>& writer) {
        ++calls;
        co_await open.Wait();
        MP_CO_RETURN_IF_ERROR(co_await writer.Write(chunk));
        if (breaks_off) co_await never_.Wait();
        co_return co_await writer.Write(chunk);
    }
    Task<Status> Answer(rpc::CallContext& call, pb::GetStatisticsResponse& response) {
        ++calls;
        traceparent = call.metadata("traceparent");
        left = call.deadline().Left();
        co_await open.Wait();
        if (!knows) co_return absl::NotFoundError("nothing is known of it");
        response.set_engine(name_);
        co_return OkStatus();
    }

    rpc::Dispatcher dispatcher_;
    const std::string name_;
    runtime::Event never_;
    std::unique_ptr<rpc::Server> server_;
};

Task<net::HttpResponse> Respond(net::HttpResponse response) {
    co_return response;
}

class UpstreamTest : public ::testing::Test {
  protected:
    StorageUpstream& Start(UpstreamConfig config = {}) {
        directory_.emplace(bucket_, registry::Directory::Config{.sweep = 1ms}, clock_);
        upstream_.emplace(registry::kStorage, config, dispatcher_, *directory_, metrics_);
        runner_.Start(directory_->Run());
        return *upstream_;
    }
    void List(const FakeStore& store, bool draining = false) {
        registry::Instance instance = store.instance();
        instance.set_draining(draining);
        const std::string key = registry::InstanceKey(instance.service(), instance.instance());
        ASSERT_TRUE(runner_.Run(bucket_.Put(key, instance.SerializeAsString())).ok());
        ASSERT_TRUE(runner_.Run(Until([&] { return Known(instance.instance()); })));
    }
    void Unlist(const FakeStore& store) {
        const registry::Instance instance = store.instance();
        const std::string key = registry::InstanceKey(instance.service(), instance.instance());
        ASSERT_TRUE(runner_.Run(bucket_.Delete(key)).ok());
        ASSERT_TRUE(runner_.Run(Until([&] { return !Known(instance.instance()); })));
    }
    bool Known(const std::string& name) {
        for (const registry::Instance& each : directory_->Instances(registry::kStorage)) {
            if (each.instance() == name) return true;
        }
        return false;
    }
    template <class Condition>
    Task<bool> Until(Condition condition, Duration patience = 10s) {
        for (const Deadline deadline = Deadline::After(patience); !deadline.Passed();) {
            if (condition()) co_return true;
            co_await runtime::Sleep(1ms);
        }
        co_return false;
    }
    Task<Statistics> Ask(RequestContext context) {
        return upstream_->Read<pb::GetStatisticsRequest, pb::GetStatisticsResponse>(
            &Async::GetStatistics, {}, context
        );
    }
    Task<Statistics> AskOnce(RequestContext context) {
        return upstream_->Call<pb::GetStatisticsRequest, pb::GetStatisticsResponse>(
            &Async::GetStatistics, {}, context
        );
    }
    static Task<Status> Keep(Task<Statistics> asked, Statistics& answer) {
        answer = co_await std::move(asked);
        co_return OkStatus();
    }

    testing::ManualClock clock_;
    testing::FakeKeyValue bucket_{clock_};
    telemetry::MetricRegistry metrics_;
    testing::TaskRunner runner_;
    rpc::Dispatcher dispatcher_{runner_.executor()};
    std::optional<registry::Directory> directory_;
    std::optional<StorageUpstream> upstream_;
};

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

TEST_F(UpstreamTest, KnowsWhenNobodyAnswers) {
    Start({.hedge_after = 0ms});
    EXPECT_TRUE(upstream_->away());
    {
        FakeStore store(runner_.executor(), "store");
        store.open.Set();
        List(store);
        EXPECT_FALSE(upstream_->away());
        EXPECT_TRUE(runner_.Run(Ask(Deadline::After(5s))).ok());
    }
    EXPECT_FALSE(runner_.Run(Ask(Deadline::After(5s))).ok());
    EXPECT_TRUE(upstream_->away());
}

// Nobody learns from one that hangs before his deadline; the registry does.
TEST_F(UpstreamTest, EndsWhatIsUnderWayAtAnInstanceThatLeftWithoutAWord) {
    FakeStore hanging(runner_.executor(), "hanging");
    Start({.failure_threshold = 1, .hedge_after = 0ms});
    List(hanging);
    Statistics read = absl::UnknownError("under way"), call = read;
    runner_.Start(Keep(Ask(Deadline::After(60s)), read));
    runner_.Start(Keep(AskOnce(Deadline::After(60s)), call));
    ASSERT_TRUE(runner_.Run(Until([&] { return hanging.calls == 2; })));
    Unlist(hanging);
    ASSERT_TRUE(runner_.Run(Until([&] { return !absl::IsUnknown(read.status()); })));
    EXPECT_TRUE(absl::IsUnavailable(read.status())) << read.status();
    EXPECT_TRUE(upstream_->away());
    // It was stopped and goes on: its breaker has not opened, and what has an effect is heard out.
    hanging.open.Set();
    ASSERT_TRUE(runner_.Run(Until([&] { return !absl::IsUnknown(call.status()); })));
    EXPECT_TRUE(call.ok()) << call.status();
    List(hanging);
    EXPECT_TRUE(runner_.Run(Ask(Deadline::After(5s))).ok());
    EXPECT_FALSE(upstream_->away());
}

TEST_F(UpstreamTest, EndsAStreamOfAnInstanceThatLeftWithoutAWord) {
    FakeStore hanging(runner_.executor(), "hanging");
    hanging.open.Set();
    hanging.breaks_off = true;
    Start({.hedge_after = 0ms});
    List(hanging);
    auto stream = runner_.Run(upstream_->Open(
        "QueryEvents", pb::QueryEventsRequest(), RequestContext(Deadline::After(60s))
    ));
    ASSERT_TRUE(stream.ok()) << stream.status();
    EventStream events(*std::move(stream));
    std::string chunk;
    EXPECT_TRUE(runner_.Run(events.Next(chunk)).value());
    Unlist(hanging);
    const Result<bool> more = runner_.Run(events.Next(chunk));
    EXPECT_TRUE(absl::IsUnavailable(more.status())) << more.status();
}

TEST_F(UpstreamTest, HearsOutAnInstanceThatSaidItLeaves) {
    FakeStore store(runner_.executor(), "store");
    Start({.hedge_after = 0ms});
    List(store);
    Statistics answer = absl::UnknownError("under way");
    runner_.Start(Keep(Ask(Deadline::After(60s)), answer));
    ASSERT_TRUE(runner_.Run(Until([&] { return store.calls == 1; })));
    List(store, true);
    ASSERT_TRUE(runner_.Run(Until([&] {
        return directory_->Instances(registry::kStorage)[0].draining();
    })));
    Unlist(store);
    // Longer than one that left without a word is waited for.
    EXPECT_FALSE(runner_.Run(Until([&] { return !absl::IsUnknown(answer.status()); }, 2s)));
    store.open.Set();
    ASSERT_TRUE(runner_.Run(Until([&] { return !absl::IsUnknown(answer.status()); })));
    EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(UpstreamTest, FollowsAnUpstreamThatIsNamedByUrl) {
    FakeStore first(runner_.executor(), "first"), second(runner_.executor(), "second");
    first.open.Set();
    second.open.Set();
    Start();
    const FakeStore* current = nullptr;
    net::Router router;
    router.Get("/health", [&](const net::HttpRequest&) -> Task<net::HttpResponse> {
        if (current == nullptr) return Respond(net::JsonResponse(503, "{}"));
        return Respond(net::JsonResponse(
            200,
            R"({"instance":")" + current->instance().instance() +
                R"(","status":"healthy","grpc_port":)" +
                std::to_string(current->instance().grpc_port()) + "}"
        ));
    });
    auto server = net::HttpServer::Listen(runner_.executor(), {}, std::move(router));
    ASSERT_TRUE(server.ok()) << server.status();
    runner_.Start(server->Run());
    net::HttpClient client{runner_.executor()};
    const auto named = registry::FixedInstance(
        registry::kStorage, "http://127.0.0.1:" + std::to_string(server->port())
    );
    ASSERT_TRUE(named.ok());
    UrlUpstreams by_url{client, *directory_, {*named}};
    runner_.Start(by_url.Run());

    current = &first;
    ASSERT_TRUE(runner_.Run(Until([&] { return Known("first"); })));
    EXPECT_EQ(runner_.Run(Ask(Deadline::After(5s)))->engine(), "first");
    current = &second;
    ASSERT_TRUE(runner_.Run(Until([&] { return Known("second"); })));
    EXPECT_EQ(runner_.Run(Ask(Deadline::After(5s)))->engine(), "second");
    current = nullptr;
    ASSERT_TRUE(runner_.Run(Until([&] { return upstream_->away(); })));
    const Statistics nobody = runner_.Run(Ask(Deadline::After(1s)));
    EXPECT_TRUE(absl::IsUnavailable(nobody.status())) << nobody.status();
}

}  // namespace
}  // namespace mp::gateway
