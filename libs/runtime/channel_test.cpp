#include "runtime/channel.hpp"

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/all_of.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "runtime/with_deadline.hpp"
#include "testing/run_task.hpp"

namespace mp::runtime {
namespace {

using namespace std::chrono_literals;
using mp::testing::RunTask;

Task<Status> SendAll(Channel<int>& channel, int first, int count) {
    for (int i = 0; i < count; ++i) {
        const bool sent = co_await channel.Send(first + i);
        if (!sent) co_return absl::CancelledError("closed");
    }
    co_return OkStatus();
}

Task<Status> SendAllAndClose(Channel<int>& channel, int count) {
    const Status sent = co_await SendAll(channel, 0, count);
    channel.Close();
    co_return sent;
}

Task<Status> ReceiveAll(Channel<int>& channel, std::vector<int>* received) {
    while (const std::optional<int> item = co_await channel.Receive()) received->push_back(*item);
    co_return OkStatus();
}

Task<Status> ReceiveCount(Channel<int>& channel, int count, std::vector<int>* received) {
    while (count-- > 0) received->push_back(*co_await channel.Receive());
    co_return OkStatus();
}

TEST(Channel, KeepsTheOrderThroughASmallBuffer) {
    Channel<int> channel(2);
    std::vector<int> received;
    EXPECT_TRUE(RunTask(AllOf(SendAllAndClose(channel, 1000), ReceiveAll(channel, &received))).ok()
    );
    ASSERT_EQ(received.size(), 1000u);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(received[i], i);
}

TEST(Channel, SharesItsItemsAmongSeveralSendersAndReceivers) {
    Channel<int> channel(3);
    std::vector<int> received;
    EXPECT_TRUE(RunTask(AllOf(
                            SendAll(channel, 0, 100),
                            SendAll(channel, 100, 100),
                            ReceiveCount(channel, 150, &received),
                            ReceiveCount(channel, 50, &received)
                        ))
                    .ok());
    std::sort(received.begin(), received.end());
    for (int i = 0; i < 200; ++i) EXPECT_EQ(received[i], i);
}

TEST(Channel, RefusesWhatDoesNotFit) {
    Channel<std::unique_ptr<int>> channel(1);
    auto second = std::make_unique<int>(2);
    EXPECT_TRUE(channel.TrySend(std::make_unique<int>(1)));
    EXPECT_FALSE(channel.TrySend(std::move(second)));
    EXPECT_NE(second, nullptr);
    EXPECT_TRUE(channel.full());
    EXPECT_EQ(**channel.TryReceive(), 1);
    EXPECT_FALSE(channel.TryReceive().has_value());
}

TEST(Channel, DrainsAfterClose) {
    Channel<int> channel(4);
    channel.TrySend(1);
    channel.Close();
    EXPECT_FALSE(channel.TrySend(2));
    EXPECT_FALSE(RunTask(channel.Send(2)));
    EXPECT_EQ(RunTask(channel.Receive()), 1);
    EXPECT_EQ(RunTask(channel.Receive()), std::nullopt);
    EXPECT_TRUE(absl::IsOutOfRange(RunTask(channel.Receive(Deadline::After(1h))).status()));
}

TEST(Channel, WakesThoseWhoWaitWhenItCloses) {
    Channel<int> channel(1);
    channel.TrySend(1);
    std::vector<int> received;
    auto close = [](Channel<int>& closing) -> Task<Status> {
        co_await Yield();
        closing.Close();
        co_return OkStatus();
    };
    const Status status = RunTask(AllOf(SendAll(channel, 2, 1), close(channel)));
    EXPECT_TRUE(absl::IsCancelled(status));
}

TEST(Channel, ReceiveReportsADeadline) {
    Channel<int> channel(1);
    EXPECT_TRUE(absl::IsDeadlineExceeded(RunTask(channel.Receive(Deadline::After(2ms))).status()));
    channel.TrySend(5);
    EXPECT_EQ(RunTask(channel.Receive(Deadline::After(0ms))).value(), 5);
}

Task<Status> SendSoon(Channel<int>& channel) {
    co_await Sleep(1ms);
    for (int i = 0; i < 200; ++i) {
        const bool sent = co_await channel.Send(i);
        if (!sent) co_return absl::CancelledError("closed");
        if (i % 3 == 0) co_await Yield();
    }
    channel.Close();
    co_return OkStatus();
}

// Takes with deadlines that keep expiring next to the arrivals.
Task<Status> ReceiveImpatiently(Channel<int>& channel, std::vector<int>* received) {
    for (;;) {
        const Deadline soon = Deadline::After(20us);
        const Result<std::optional<int>> item = co_await WithDeadline(channel.Receive(), soon);
        if (!item.ok()) continue;
        if (!*item) co_return OkStatus();
        received->push_back(**item);
    }
}

TEST(Channel, LosesNothingToDeadlines) {
    Channel<int> channel(2);
    std::vector<int> received;
    EXPECT_TRUE(RunTask(AllOf(SendSoon(channel), ReceiveImpatiently(channel, &received))).ok());
    ASSERT_EQ(received.size(), 200u);
    for (int i = 0; i < 200; ++i) EXPECT_EQ(received[i], i);
}

}  // namespace
}  // namespace mp::runtime
