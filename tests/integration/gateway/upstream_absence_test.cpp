// What the gateway does about upstreams that are away, hang, leave, come back or are named by URL.

#include "gateway/query/history.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "upstream_fixture.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;

Task<net::HttpResponse> Respond(net::HttpResponse response) {
    co_return response;
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
    UrlUpstreams by_url{client, *directory_, {{*named}}};
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
