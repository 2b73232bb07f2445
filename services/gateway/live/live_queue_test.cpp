#include "gateway/live/live_queue.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace mp::gateway {
namespace {

class LiveQueueTest : public ::testing::Test {
  protected:
    static QueuedEvent SomeEvent() {
        return {{std::make_shared<const LiveBatch>(bus::StreamMessage()), 0}, 0, {}, {}};
    }
    std::vector<QueuedEvent> TakeAll(LiveQueue& queue) {
        std::vector<QueuedEvent> taken;
        asio::co_spawn(io_, Take(queue, taken), asio::detached);
        io_.run();
        io_.restart();
        return taken;
    }

  private:
    static Task<> Take(LiveQueue& queue, std::vector<QueuedEvent>& taken) {
        taken = co_await queue.Take(1000, Deadline::After(std::chrono::milliseconds(1)));
    }

    asio::io_context io_;
};

TEST_F(LiveQueueTest, EndsInsteadOfGrowingWhenNothingMayGiveWay) {
    LiveQueue queue(SlowPolicy::kDisconnect, {.events = 2});
    EXPECT_TRUE(queue.Push(SomeEvent()));
    EXPECT_TRUE(queue.Push(SomeEvent()));
    EXPECT_FALSE(queue.Push(SomeEvent()));
    EXPECT_TRUE(queue.overflowed());
    EXPECT_EQ(TakeAll(queue).size(), 2u) << "what was queued is still delivered";
    EXPECT_FALSE(queue.Push(SomeEvent())) << "and nothing behind the hole";
}

TEST_F(LiveQueueTest, IsCrowdedWhenHalfFullAndHasRoomWhenMostIsTaken) {
    LiveQueue queue(SlowPolicy::kDisconnect, {.events = 4});
    EXPECT_TRUE(queue.low());
    EXPECT_TRUE(queue.Push(SomeEvent()));
    EXPECT_FALSE(queue.crowded());
    EXPECT_TRUE(queue.Push(SomeEvent()));
    EXPECT_TRUE(queue.crowded());
    EXPECT_FALSE(queue.low());
    TakeAll(queue);
    EXPECT_TRUE(queue.low());
}

TEST_F(LiveQueueTest, TakingFromAnEmptyQueueEndsAtTheDeadline) {
    LiveQueue queue(SlowPolicy::kConflate, {.events = 2});
    EXPECT_TRUE(TakeAll(queue).empty());
}

}  // namespace
}  // namespace mp::gateway
