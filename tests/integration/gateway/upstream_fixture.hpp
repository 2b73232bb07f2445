#pragma once
// Stores that answer when they are told to, and the gateway's upstream that asks them, on one
// executor.

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>

#include "gateway/upstream/url_upstreams.hpp"
#include "registry/directory.hpp"
#include "rpc/server.hpp"
#include "rpc/server_stream.hpp"
#include "rpc/unary.hpp"
#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"
#include "testing/fake_key_value.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::gateway {

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

class UpstreamTest : public ::testing::Test {
  protected:
    StorageUpstream& Start(UpstreamConfig config = {}) {
        directory_.emplace(
            bucket_, registry::Directory::Config{.sweep = std::chrono::milliseconds(1)}, clock_
        );
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
    Task<bool> Until(Condition condition, Duration patience = std::chrono::seconds(10)) {
        for (const Deadline deadline = Deadline::After(patience); !deadline.Passed();) {
            if (condition()) co_return true;
            co_await runtime::Sleep(std::chrono::milliseconds(1));
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

}  // namespace mp::gateway
