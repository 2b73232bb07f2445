#include "rpc/dispatcher.hpp"

#include <atomic>
#include <deque>
#include <gtest/gtest.h>
#include <optional>
#include <thread>
#include <vector>

#include "rpc/dispatcher_core.hpp"
#include "testing/run_task.hpp"

namespace mp::rpc {
namespace {

struct Note final : DispatchEvent {
    void Run(bool alive) override { (alive ? *ran : *dropped).push_back(number); }

    int number = 0;
    std::vector<int>* ran = nullptr;
    std::vector<int>* dropped = nullptr;
};

class DispatcherTest : public ::testing::Test {
  protected:
    void Push(int number) {
        Note& note = notes_.emplace_back();
        note.number = number;
        note.ran = &ran_;
        note.dropped = &dropped_;
        dispatcher_->core()->Push(&note);
    }

    asio::io_context io_;
    std::optional<Dispatcher> dispatcher_{io_.get_executor()};
    std::deque<Note> notes_;
    std::vector<int> ran_;
    std::vector<int> dropped_;
};

TEST_F(DispatcherTest, RunsEventsInTheirOrderForOneWakeUp) {
    for (int i = 0; i < 5; ++i) Push(i);
    EXPECT_TRUE(ran_.empty());
    EXPECT_EQ(io_.run(), 1u);
    EXPECT_EQ(ran_, (std::vector<int>{0, 1, 2, 3, 4}));
    Push(5);
    io_.restart();
    EXPECT_EQ(io_.run(), 1u);
    EXPECT_EQ(ran_.size(), 6u);
}

TEST_F(DispatcherTest, GivesOtherWorkItsTurn) {
    for (int i = 0; i < 1000; ++i) Push(i);
    EXPECT_EQ(io_.poll_one(), 1u);
    for (int i = 1000; i < 1010; ++i) Push(i);
    io_.run();
    EXPECT_EQ(ran_.size(), 1010u);
    EXPECT_EQ(ran_.back(), 1009);
}

TEST_F(DispatcherTest, DropsWhatComesOnceClosed) {
    Push(0);
    dispatcher_->Close();
    Push(1);
    EXPECT_EQ(dropped_, (std::vector<int>{0, 1}));
    io_.run();
    EXPECT_TRUE(ran_.empty());
}

TEST_F(DispatcherTest, CountsAndBoundsCalls) {
    Dispatcher small(io_.get_executor(), {.max_calls = 2});
    EXPECT_TRUE(small.core()->AdmitServerCall());
    EXPECT_TRUE(small.core()->AdmitServerCall());
    EXPECT_FALSE(small.core()->AdmitServerCall());
    EXPECT_EQ(small.calls_open(), 2u);
    EXPECT_EQ(small.calls_refused(), 1u);
    small.core()->ServerCallEnded();
    EXPECT_TRUE(small.core()->AdmitServerCall());
}

struct EndOfCall final : DispatchEvent {
    void Run(bool alive) override {
        EXPECT_FALSE(alive);
        core->ClientCallEnded();
        thread = std::this_thread::get_id();
    }

    std::shared_ptr<DispatcherCore> core;
    std::optional<std::thread::id> thread;
};

struct FakeCall final : OpenCall {
    void Abandon() override { abandoned = true; }

    bool abandoned = false;
};

TEST_F(DispatcherTest, EndsOutgoingCallsOnTheThreadThatEndsIt) {
    EndOfCall end;
    end.core = dispatcher_->core();
    FakeCall call;
    end.core->ClientCallBegan(call);
    dispatcher_->Close();
    EXPECT_TRUE(call.abandoned);
    std::thread(&DispatcherCore::PushClientEnd, end.core.get(), &end).join();
    EXPECT_EQ(end.thread, std::nullopt);
    dispatcher_.reset();
    EXPECT_EQ(end.thread, std::this_thread::get_id());
}

struct Count final : DispatchEvent {
    void Run(bool alive) override { (alive ? *ran : *dropped).fetch_add(1); }

    std::atomic<int>* ran = nullptr;
    std::atomic<int>* dropped = nullptr;
};

// Many threads push while the executor drains and, in the middle, the dispatcher goes away.
TEST(DispatcherRace, LosesNoEvent) {
    constexpr int kThreads = 4;
    constexpr int kEvents = 20000;
    std::atomic<int> ran{0};
    std::atomic<int> dropped{0};
    asio::io_context io;
    auto work = asio::make_work_guard(io);
    std::optional<Dispatcher> dispatcher(io.get_executor());
    const std::shared_ptr<DispatcherCore> core = dispatcher->core();

    std::vector<std::deque<Count>> events(kThreads);
    std::vector<std::thread> threads;
    for (std::deque<Count>& mine : events) {
        threads.emplace_back([&] {
            for (int i = 0; i < kEvents; ++i) {
                Count& event = mine.emplace_back();
                event.ran = &ran;
                event.dropped = &dropped;
                core->Push(&event);
            }
        });
    }
    while (ran.load() < kThreads * kEvents / 2) io.run_one();
    dispatcher.reset();
    for (std::thread& thread : threads) thread.join();
    work.reset();
    io.run();
    EXPECT_EQ(ran.load() + dropped.load(), kThreads * kEvents);
}

}  // namespace
}  // namespace mp::rpc
