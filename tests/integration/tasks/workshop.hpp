#pragma once
// What every test of the task queue begins with: a broker with its streams and buckets, a queue, a
// pool.

#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/stream.hpp"
#include "bus/topology.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/sleep.hpp"
#include "tasks/task_queue.hpp"
#include "tasks/worker_pool.hpp"
#include "testing/nats_server.hpp"
#include "testing/run_task.hpp"

namespace mp::tasks {

using marketprism::v1::TASK_PRIORITY_CRITICAL;
using marketprism::v1::TASK_PRIORITY_HIGH;
using marketprism::v1::TASK_PRIORITY_LOW;
using marketprism::v1::TASK_PRIORITY_NORMAL;
using marketprism::v1::TASK_STATUS_CANCELLED;
using marketprism::v1::TASK_STATUS_DEAD;
using marketprism::v1::TASK_STATUS_FAILED;
using marketprism::v1::TASK_STATUS_PENDING;
using marketprism::v1::TASK_STATUS_RUNNING;
using marketprism::v1::TASK_STATUS_SUCCEEDED;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline Deadline Soon() {
    return Deadline::After(seconds(10));
}

class Broker : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(server.Start(), OkStatus());
        connection = Connect();
        for (const auto& stream :
             {bus::TasksStream(10000, 1), bus::DeadLetterStream(16 << 20, 1)}) {
            ASSERT_TRUE(runner.Run(bus::EnsureStream(*connection, stream, Soon())).ok());
        }
        auto opened = runner.Run(bus::KvBucket::Open(*connection, bus::ResultsBucket(1), Soon()));
        ASSERT_TRUE(opened.ok()) << opened.status();
        results = *std::move(opened);
        dead_letters.emplace(*connection, bus::DeadLetters::Config{});
        queue.emplace(*connection, *results);
    }
    void TearDown() override { StopPool(); }

    std::unique_ptr<bus::Connection> Connect() {
        bus::ConnectionConfig config;
        config.url = server.url();
        config.reconnect_min = milliseconds(20);
        config.reconnect_max = milliseconds(100);
        auto made = std::make_unique<bus::Connection>(runner.executor(), config);
        EXPECT_EQ(runner.Run(made->Connect()), OkStatus());
        return made;
    }

    static PoolConfig Quick(size_t workers) {
        PoolConfig config;
        config.name = "test";
        config.min_workers = workers;
        config.max_workers = workers;
        config.heartbeat = milliseconds(100);
        config.ack_wait = seconds(1);
        config.retry_first = milliseconds(20);
        config.retry_max = milliseconds(100);
        config.worker_pause_after_error = milliseconds(100);
        config.poll = milliseconds(50);
        return config;
    }

    // Starts the pool with the handlers given so far.
    void StartPool(PoolConfig config) {
        pool.emplace(*connection, *results, *dead_letters, std::move(config));
        for (const auto& [kind, handler] : handlers) pool->Handle(kind, handler);
        pool_ended = false;
        asio::co_spawn(
            runner.executor(),
            pool->Run(),
            asio::bind_cancellation_slot(
                stop.slot(), [this](std::exception_ptr, const Status&) { pool_ended = true; }
            )
        );
    }
    void StopPool() {
        if (!pool) return;
        stop.emit(asio::cancellation_type::all);
        EXPECT_TRUE(Reached([this] { return pool_ended; }));
        pool.reset();
    }

    std::string Submit(TaskRequest request) {
        auto id = runner.Run(queue->Submit(std::move(request), Soon()));
        EXPECT_TRUE(id.ok()) << id.status();
        return id.value_or("");
    }
    std::string Submit(const std::string& kind, Priority priority = TASK_PRIORITY_NORMAL) {
        TaskRequest request;
        request.kind = kind;
        request.priority = priority;
        return Submit(std::move(request));
    }
    TaskRecord Record(const std::string& id) {
        auto record = runner.Run(queue->Get(id));
        EXPECT_TRUE(record.ok()) << record.status();
        return record.value_or(TaskRecord());
    }
    bool Becomes(const std::string& id, TaskState state, milliseconds limit = seconds(15)) {
        const Deadline deadline = Deadline::After(limit);
        while (Record(id).status() != state) {
            if (deadline.Passed()) return false;
            runner.Run(runtime::Sleep(milliseconds(5)));
        }
        return true;
    }
    bool UpdatedBehind(const std::string& id, Nanos time) {
        const Deadline deadline = Deadline::After(seconds(15));
        while (Record(id).updated_ts() <= time) {
            if (deadline.Passed()) return false;
            runner.Run(runtime::Sleep(milliseconds(5)));
        }
        return true;
    }
    uint64_t Queued() {
        auto info = runner.Run(bus::GetStreamInfo(*connection, bus::kTasksStream, Soon()));
        EXPECT_TRUE(info.ok()) << info.status();
        return info.ok() ? info->messages : 0;
    }
    bool QueueIsEmpty() {
        const Deadline deadline = Soon();
        while (Queued() > 0) {
            if (deadline.Passed()) return false;
            runner.Run(runtime::Sleep(milliseconds(5)));
        }
        return true;
    }

    template <typename Condition>
    bool Reached(Condition condition, milliseconds limit = seconds(15)) {
        return runner.Run(Wait(condition, Deadline::After(limit)), limit + seconds(1));
    }
    template <typename Condition>
    static runtime::Task<bool> Wait(Condition condition, Deadline deadline) {
        while (!condition() && !deadline.Passed()) co_await runtime::Sleep(milliseconds(2));
        co_return condition();
    }

    testing::NatsServer server;
    testing::TaskRunner runner;
    std::unique_ptr<bus::Connection> connection;
    std::unique_ptr<bus::KvBucket> results;
    std::optional<bus::DeadLetters> dead_letters;
    std::optional<TaskQueue> queue;
    std::map<std::string, TaskHandler> handlers;
    std::optional<WorkerPool> pool;
    asio::cancellation_signal stop;
    bool pool_ended = true;
};

}  // namespace mp::tasks
