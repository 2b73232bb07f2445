#include "gateway/live/live_queue.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace mp::gateway {
namespace {

class LiveQueueTest : public ::testing::Test {
  protected:
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
    LiveQueue queue(SlowPolicy::kDisconnect, 2);
    EXPECT_TRUE(queue.Push({}));
    EXPECT_TRUE(queue.Push({}));
    EXPECT_FALSE(queue.Push({}));
    EXPECT_TRUE(queue.overflowed());
    EXPECT_EQ(TakeAll(queue).size(), 2u) << "what was queued is still delivered";
    EXPECT_FALSE(queue.Push({})) << "and nothing behind the hole";
}

TEST_F(LiveQueueTest, CatchingUpMayExceedTheBound) {
    LiveQueue queue(SlowPolicy::kDisconnect, 2);
    for (int i = 0; i < 5; ++i) queue.PushCatchUp({});
    EXPECT_FALSE(queue.overflowed());
    EXPECT_EQ(TakeAll(queue).size(), 5u);
}

TEST_F(LiveQueueTest, TakingFromAnEmptyQueueEndsAtTheDeadline) {
    LiveQueue queue(SlowPolicy::kConflate, 2);
    EXPECT_TRUE(TakeAll(queue).empty());
}

}  // namespace
}  // namespace mp::gateway
