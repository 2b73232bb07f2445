// Calls of the scheduler's tasks to peers that live, or only seem to.
#include "scheduler/tasks/peers.hpp"

#include <gtest/gtest.h>

#include "rpc/server.hpp"
#include "rpc/unary.hpp"
#include "runtime/sleep.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;
using Async = pb::CollectorService::StubInterface::async_interface;

// A collector that can do nothing while it is `ill`.
class FakeCollector final : public pb::CollectorService::CallbackService {
  public:
    explicit FakeCollector(const Executor& executor) : dispatcher_(executor) {
        auto server =
            rpc::Server::Start({}, dispatcher_, {rpc::Serve<pb::CollectorService>(*this)});
        EXPECT_TRUE(server.ok()) << server.status();
        server_ = *std::move(server);
    }

    grpc::ServerUnaryReactor*
    Poll(grpc::CallbackServerContext* context, const pb::PollRequest*, pb::PollResponse*) override {
        return rpc::Unary(dispatcher_, "Poll", context, [this](auto&) { return Answer(); });
    }

    registry::Instance instance(std::string name) const {
        registry::Instance instance;
        instance.set_service(registry::kCollector);
        instance.set_instance(std::move(name));
        instance.set_host("127.0.0.1");
        instance.set_grpc_port(server_->port());
        return instance;
    }

    bool ill = true;
    int calls = 0;

  private:
    Task<Status> Answer() {
        ++calls;
        co_return ill ? absl::UnavailableError("ill") : OkStatus();
    }

    rpc::Dispatcher dispatcher_;
    std::unique_ptr<rpc::Server> server_;
};

class PeersTest : public ::testing::Test {
  protected:
    PeersTest() { runner_.Start(directory_.Run()); }

    void List(const std::string& name) {
        const registry::Instance instance = collector_.instance(name);
        const std::string key = registry::InstanceKey(registry::kCollector, name);
        ASSERT_TRUE(runner_.Run(bucket_.Put(key, instance.SerializeAsString())).ok());
        Await(1);
    }
    void Unlist(const std::string& name) {
        const std::string key = registry::InstanceKey(registry::kCollector, name);
        ASSERT_EQ(runner_.Run(bucket_.Delete(key)), OkStatus());
        Await(0);
    }
    void Await(size_t count) { ASSERT_TRUE(runner_.Run(Counted(count, Deadline::After(10s)))); }
    Task<bool> Counted(size_t count, Deadline deadline) {
        while (directory_.All().size() != count && !deadline.Passed()) {
            co_await runtime::Sleep(1ms);
        }
        co_return directory_.All().size() == count;
    }
    Status Ask(const std::string& purpose) {
        auto collectors = peers_.Collectors(purpose);
        if (!collectors.ok()) return collectors.status();
        return runner_
            .Run(collectors->at(0).Call(&Async::Poll, pb::PollRequest(), {Deadline::After(5s)}))
            .status();
    }

    mp::testing::ManualClock clock_;
    mp::testing::FakeKeyValue bucket_{clock_};
    mp::testing::TaskRunner runner_;
    telemetry::MetricRegistry metrics_;
    rpc::Dispatcher dispatcher_{runner_.executor()};
    registry::Directory directory_{bucket_, {.sweep = 1ms}, clock_};
    Peers peers_{directory_, dispatcher_, metrics_};
    FakeCollector collector_{runner_.executor()};
};

TEST_F(PeersTest, NobodyListedIsUnavailable) {
    EXPECT_TRUE(absl::IsUnavailable(Ask("polls")));
    EXPECT_TRUE(absl::IsUnavailable(peers_.AStorage("polls").status()));
}

TEST_F(PeersTest, OneThatKeepsFailingIsLeftAloneForThisPurposeOnly) {
    List("first");
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(reliability::IsCircuitOpen(Ask("polls")));
    EXPECT_TRUE(reliability::IsCircuitOpen(Ask("polls")));
    EXPECT_EQ(collector_.calls, 5);
    EXPECT_FALSE(reliability::IsCircuitOpen(Ask("repairs")));
    EXPECT_EQ(collector_.calls, 6);
    const std::string shown = metrics_.ToText();
    EXPECT_NE(shown.find("first@127.0.0.1:"), std::string::npos) << shown;
    EXPECT_NE(shown.find(" polls\"} 1\n"), std::string::npos) << shown;
}

TEST_F(PeersTest, OneThatCameBackUnderAnotherNameStartsAfresh) {
    List("first");
    for (int i = 0; i < 6; ++i) (void)Ask("polls");
    collector_.ill = false;
    EXPECT_TRUE(reliability::IsCircuitOpen(Ask("polls")));
    Unlist("first");
    List("second");
    EXPECT_EQ(Ask("polls"), OkStatus());
    EXPECT_EQ(metrics_.ToText().find("first@127.0.0.1:"), std::string::npos) << "forgotten";
}

}  // namespace
}  // namespace mp::scheduler
