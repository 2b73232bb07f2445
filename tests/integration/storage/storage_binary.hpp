#pragma once
// The binary mp-storage with a broker of its own, as tests of the deployed service begin.

#include <cstdlib>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "bus/kv_bucket.hpp"
#include "bus/publisher.hpp"
#include "bus/topology.hpp"
#include "marketprism/v1/storage.grpc.pb.h"
#include "net/http_client.hpp"
#include "registry/instance.hpp"
#include "rpc/channel.hpp"
#include "rpc/client.hpp"
#include "runtime/sleep.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "testing/child_process.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"
#include "testing/temp_dir.hpp"
#include "wire/batch.hpp"
#include "wire/convert.hpp"

namespace mp::storage {

using namespace std::chrono_literals;
namespace pb = ::marketprism::v1;
using Client = rpc::Client<pb::StorageService>;

inline constexpr char kTradeSubject[] = "md.binance.spot.trade.3";

class StorageBinary : public ::testing::Test {
  protected:
    StorageBinary() {
        EXPECT_TRUE(nats_.Start().ok()) << nats_.log();
        bus::ConnectionConfig config;
        config.url = nats_.url();
        connection_.emplace(runner_.executor(), config);
        EXPECT_TRUE(runner_.Run(connection_->Connect()).ok());
    }

    virtual testing::ChildOptions Options(const std::string& instance) {
        testing::ChildOptions options;
        options.program = "mp-storage";
        options.environment = {{"NATS_URL", nats_.url()}};
        options.arguments = {
            "--config-dir",
            std::string(std::getenv("MP_SOURCE_DIR")) + "/services/storage/config",
            "--set",
            "storage.path=" + (folder_ / "store").string(),
            "--set",
            "http.port=0",
            "--set",
            "grpc.port=0",
            "--set",
            "bus.ack_wait=2s",
            "--set",
            "service.instance=" + instance};
        return options;
    }

    // Starts it and waits until the registry lists it.
    void StartStorage(const std::string& instance) {
        storage_.reset();
        storage_.emplace(Options(instance));
        const Status listed = runner_.Run(UntilListed(instance));
        ASSERT_TRUE(listed.ok()) << listed << storage_->Output() << nats_.log();
        client_.emplace(
            dispatcher_, rpc::MakeChannel("127.0.0.1:" + std::to_string(entry_.grpc_port()))
        );
    }

    Task<Status> UntilListed(std::string instance) {
        bus::KvBucket bucket(*connection_, "registry");
        const std::string key = registry::InstanceKey(registry::kStorage, instance);
        for (const Deadline deadline = Deadline::After(20s); !deadline.Passed();) {
            const auto entry = co_await bucket.Get(key);
            if (entry.ok() && entry_.ParseFromString(entry->value)) co_return OkStatus();
            co_await runtime::Sleep(20ms);
        }
        co_return absl::DeadlineExceededError("not listed");
    }

    Task<Status> PublishTrades(uint64_t first, uint64_t last) {
        for (uint64_t id = first; id <= last; ++id) {
            wire::BatchBuilder builder("test");
            const TestEvent event = TestTrade(static_cast<Nanos>(id * 10), id);
            builder.AddEncoded(event.series.instrument, event.bytes);
            std::string payload;
            builder.Finish(payload);
            const auto ack = co_await bus::Publish(
                *connection_, kTradeSubject, payload, {}, Deadline::After(5s)
            );
            if (!ack.ok()) co_return ack.status();
        }
        co_return OkStatus();
    }

    Task<Status> UntilStored(uint64_t events) {
        for (const Deadline deadline = Deadline::After(20s); !deadline.Passed();) {
            const auto statistics = co_await client_->Call(
                &Client::Async::GetStatistics, pb::GetStatisticsRequest(), Deadline::After(5s)
            );
            if (statistics.ok() && statistics->events() >= events) co_return OkStatus();
            co_await runtime::Sleep(20ms);
        }
        co_return absl::DeadlineExceededError("not stored");
    }

    Task<Result<pb::EventChunk>> Trades() {
        pb::QueryEventsRequest request;
        wire::ToProto(TestSeries(model::DataType::kTrade), *request.mutable_series());
        request.set_start(0);
        auto stream = client_->Open(
            &Client::Async::QueryEvents, request, rpc::CallOptions{Deadline::After(10s)}
        );
        pb::EventChunk all;
        for (;;) {
            pb::EventChunk chunk;
            const Result<bool> more = co_await stream.Read(chunk);
            if (!more.ok()) co_return more.status();
            if (!*more) co_return all;
            all.MergeFrom(chunk);
        }
    }

    std::string Get(const std::string& path) {
        net::HttpClient http(runner_.executor(), {});
        net::HttpClientRequest request;
        request.url = "http://127.0.0.1:" + std::to_string(entry_.http_port()) + path;
        const auto response = runner_.Run(http.Send(request, Deadline::After(5s)));
        return response.ok() ? response->body : response.status().ToString();
    }

    testing::NatsServer nats_;
    testing::TaskRunner runner_;
    testing::TempDir folder_;
    rpc::Dispatcher dispatcher_{runner_.executor()};
    std::optional<bus::Connection> connection_;
    std::optional<testing::ChildProcess> storage_;
    registry::Instance entry_;
    std::optional<Client> client_;
};

}  // namespace mp::storage
