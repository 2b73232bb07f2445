// A lane of a shared store against a real broker and a real ClickHouse: it changes hands, its
// commits fail and its shard falls silent, and each message is stored once.

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/kv_bucket.hpp"
#include "bus/publisher.hpp"
#include "bus/topology.hpp"
#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "storage/engines/clickhouse/open.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/sharing/lane_tenure.hpp"
#include "testing/clickhouse_server.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

constexpr uint32_t kLanes = 8;
const model::Series kTrades = TestSeries(model::DataType::kTrade);
const uint32_t kLane = model::Shard(kTrades.instrument, kLanes);
const std::string kSubject = model::Subject(kTrades, kLanes);
const std::string kElsewhere = "md.binance.spot.trade." + std::to_string((kLane + 1) % kLanes);

class SharedLane : public ::testing::Test {
  public:
    // One instance, with one lane of it.
    struct Instance {
        Instance(
            bus::Connection& connection,
            const ClickHouseConfig& store,
            const StreamSettings& settings,
            const std::string& name
        )
            : engine(OpenSharedClickHouse(store, kLanes).value()),
              locks(connection, "locks"),
              tenure(
                  {connection,
                   *engine,
                   pool,
                   metrics,
                   settings,
                   locks,
                   [](std::string reason, std::string_view, std::string_view) {
                       ADD_FAILURE() << reason;
                   },
                   reliability::MakeOwnerId(name)},
                  kLane
              ) {}

        size_t stored() const { return Rows(*engine, kTrades).size(); }

        telemetry::MetricRegistry registry;
        StorageMetrics metrics{registry};
        runtime::BlockingPool pool{"test", 2, 64};
        std::unique_ptr<SharedEngine> engine;
        bus::KvBucket locks;
        LaneTenure tenure;
    };

    void SetUp() override {
        if (!testing::ClickHouseServer::Installed()) {
            GTEST_SKIP() << "no clickhouse-server is installed";
        }
        ASSERT_TRUE(nats_.Start().ok()) << nats_.log();
        ASSERT_TRUE(server_.Start().ok());
        bus::ConnectionConfig config;
        config.url = nats_.url();
        config.name = "test";
        connection_.emplace(runner_.executor(), config);
        ASSERT_TRUE(runner_.Run(connection_->Connect()).ok());
        const auto locks =
            runner_.Run(bus::KvBucket::Open(*connection_, bus::LocksBucket(1), Deadline::After(5s))
            );
        ASSERT_TRUE(locks.ok()) << locks.status();
        store_.server.url = server_.url();
        store_.server.request_timeout = 5s;
        settings_.lease = 2s;
        settings_.ack_wait = 2s;
    }

    std::unique_ptr<Instance> Open(const std::string& name) {
        return std::make_unique<Instance>(*connection_, store_, settings_, name);
    }

    // Runs `body` beside the instances, which end in order afterwards.
    void With(std::vector<Instance*> instances, Task<Status> body) {
        std::vector<Task<Status>> tenures;
        for (Instance* instance : instances) tenures.push_back(instance->tenure.Run());
        const Status ended = runner_.Run(
            runtime::FirstOf(runtime::AllOf(std::move(tenures)), std::move(body)), 120s
        );
        EXPECT_TRUE(ended.ok()) << ended;
    }

    Task<Status> Publish(std::string subject, uint64_t first, uint64_t last) {
        for (uint64_t id = first; id <= last; ++id) {
            const std::vector<TestEvent> events{TestTrade(static_cast<Nanos>(id * 10), id)};
            const std::string payload = BatchOf(events);
            const auto ack =
                co_await bus::Publish(*connection_, subject, payload, {}, Deadline::After(5s));
            if (!ack.ok()) co_return ack.status();
        }
        co_return OkStatus();
    }
    template <typename Condition>
    Task<Status> Until(Condition condition) {
        for (const Deadline deadline = Deadline::After(60s); !condition();) {
            if (deadline.Passed()) co_return absl::DeadlineExceededError("it did not come about");
            co_await runtime::Sleep(20ms);
        }
        co_return OkStatus();
    }

    testing::NatsServer nats_;
    testing::ClickHouseServer server_;
    testing::TaskRunner runner_;
    std::optional<bus::Connection> connection_;
    ClickHouseConfig store_;
    StreamSettings settings_;
};

TEST_F(SharedLane, GoesOnInOtherHandsWhereItWasLeft) {
    const auto a = Open("a");
    const auto b = Open("b");
    With(
        {a.get(), b.get()},
        [](SharedLane& test, Instance& first, Instance& second) -> Task<Status> {
            first.tenure.SetWanted(true);
            MP_CO_RETURN_IF_ERROR(co_await test.Until([&] { return first.tenure.state().ok(); }));
            MP_CO_RETURN_IF_ERROR(co_await test.Publish(kSubject, 1, 20));
            MP_CO_RETURN_IF_ERROR(co_await test.Until([&] { return second.stored() > 0; }));
            first.tenure.SetWanted(false);
            second.tenure.SetWanted(true);
            MP_CO_RETURN_IF_ERROR(co_await test.Publish(kSubject, 21, 40));
            co_return co_await test.Until([&] { return first.stored() == 40; });
        }(*this, *a, *b)
    );
    EXPECT_EQ(Rows(*a->engine, kTrades), Rows(*b->engine, kTrades));
    EXPECT_EQ(b->engine->lane(kLane).Unresigned().value(), "") << "both have ended in order";
    const auto stream =
        runner_.Run(bus::GetStreamInfo(*connection_, bus::kMarketDataStream, Deadline::After(5s)));
    EXPECT_EQ(stream->consumers, 0) << "nobody left one behind";
}

// Two that disagree about who should: the lease decides.
TEST_F(SharedLane, IsWrittenByOneOfTwoThatWantIt) {
    const auto a = Open("a");
    const auto b = Open("b");
    With(
        {a.get(), b.get()},
        [](SharedLane& test, Instance& first, Instance& second) -> Task<Status> {
            first.tenure.SetWanted(true);
            second.tenure.SetWanted(true);
            MP_CO_RETURN_IF_ERROR(co_await test.Until([&] {
                return first.tenure.state().ok() || second.tenure.state().ok();
            }));
            for (uint64_t id = 1; id <= 200; ++id) {
                MP_CO_RETURN_IF_ERROR(co_await test.Publish(kSubject, id, id));
                EXPECT_FALSE(first.tenure.leads() && second.tenure.leads());
            }
            co_return co_await test.Until([&] { return first.stored() == 200; });
        }(*this, *a, *b)
    );
}

TEST_F(SharedLane, ReadsAgainWhatCouldNotBeCommitted) {
    const auto a = Open("a");
    With({a.get()}, [](SharedLane& test, Instance& only) -> Task<Status> {
        only.tenure.SetWanted(true);
        MP_CO_RETURN_IF_ERROR(co_await test.Until([&] { return only.tenure.state().ok(); }));
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kSubject, 1, 20));
        MP_CO_RETURN_IF_ERROR(co_await test.Until([&] { return only.stored() == 20; }));
        test.server_.Kill();
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kSubject, 21, 40));
        MP_CO_RETURN_IF_ERROR(co_await test.Until([&] { return !only.tenure.state().ok(); }));
        EXPECT_TRUE(test.server_.Start().ok());
        co_return co_await test.Until([&] { return only.stored() == 40; });
    }(*this, *a));
}

// What it does not have holds up nobody.
TEST_F(SharedLane, FollowsTheStreamWhereItsShardIsSilent) {
    const auto a = Open("a");
    With({a.get()}, [](SharedLane& test, Instance& only) -> Task<Status> {
        only.tenure.SetWanted(true);
        MP_CO_RETURN_IF_ERROR(co_await test.Until([&] { return only.tenure.state().ok(); }));
        const auto floor = [&] {
            const auto position = only.engine->lane(kLane).Position();
            return position.ok() && *position ? (*position)->floor : 0;
        };
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kSubject, 1, 5));
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kElsewhere, 6, 10));
        MP_CO_RETURN_IF_ERROR(co_await test.Until([&] { return floor() == 10; }));
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kElsewhere, 11, 15));
        MP_CO_RETURN_IF_ERROR(co_await test.Publish(kSubject, 16, 16));
        co_return co_await test.Until([&] { return floor() == 16; });
    }(*this, *a));
    EXPECT_EQ(a->stored(), 6u);
}

}  // namespace
}  // namespace mp::storage
