#include "reliability/batcher.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <numeric>

#include "runtime/first_of.hpp"
#include "testing/run_task.hpp"

namespace mp::reliability {
namespace {

using mp::testing::RunTask;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class BatcherTest : public ::testing::Test {
  protected:
    void Make(BatcherConfig config) {
        config.retry = {.base = milliseconds(1), .max = milliseconds(1)};
        batcher_ = std::make_unique<Batcher<int>>(config, [this](const auto& batch) {
            return Flush(batch);
        });
    }
    void Fill(int first, int last) {
        for (int i = first; i < last; ++i) EXPECT_TRUE(batcher_->TryAdd(int{i})) << i;
    }
    Task<Status> Flush(const std::vector<int>& batch) {
        ++flushes_;
        changed_.NotifyAll();
        while (held_) co_await changed_.Wait();
        if (failures_ > 0) {
            --failures_;
            co_return absl::UnavailableError("store away");
        }
        batches_.push_back(batch);
        changed_.NotifyAll();
        co_return OkStatus();
    }
    Task<> Flushed(size_t batches) {
        while (batches_.size() < batches) co_await changed_.Wait();
    }
    Task<> Flushing(int times) {
        while (flushes_ < times) co_await changed_.Wait();
    }
    std::vector<int> All() const {
        std::vector<int> all;
        for (const auto& batch : batches_) all.insert(all.end(), batch.begin(), batch.end());
        return all;
    }
    static std::vector<int> Upto(int n) {
        std::vector<int> all(static_cast<size_t>(n));
        std::iota(all.begin(), all.end(), 0);
        return all;
    }

    mp::testing::TaskRunner runner_;
    std::unique_ptr<Batcher<int>> batcher_;
    std::vector<std::vector<int>> batches_;
    runtime::Condition changed_;
    int flushes_ = 0;
    int failures_ = 0;
    bool held_ = false;
};

TEST_F(BatcherTest, FlushesBySize) {
    Make({.max_delay = hours(1)});
    Fill(0, 250);
    runner_.Run(runtime::FirstOf(batcher_->Run(), Flushed(2)));
    EXPECT_EQ(batches_[0].size(), 100u);
    EXPECT_EQ(batches_[1].size(), 100u);
    EXPECT_EQ(batcher_->GetStats().buffered, 50u);
}

TEST_F(BatcherTest, FlushesAnIdleBufferByTime) {
    Make({.max_delay = milliseconds(5)});
    Fill(0, 3);
    runner_.Run(runtime::FirstOf(batcher_->Run(), Flushed(1)));
    EXPECT_EQ(batches_[0], Upto(3));
}

TEST_F(BatcherTest, LosesNothingThatComesDuringASlowFlush) {
    Make({.max_delay = milliseconds(1)});
    held_ = true;
    Fill(0, 10);
    runner_.Run(runtime::FirstOf(batcher_->Run(), Flushing(1)));
    Fill(10, 30);
    EXPECT_TRUE(batches_.empty());
    held_ = false;
    batcher_->Close();
    runner_.Run(batcher_->Run());
    EXPECT_EQ(All(), Upto(30));
    EXPECT_EQ(batcher_->GetStats().flushed, 30u);
}

TEST_F(BatcherTest, TriesAFailedBatchAgain) {
    Make({.max_delay = milliseconds(1)});
    failures_ = 3;
    Fill(0, 5);
    batcher_->Close();
    runner_.Run(batcher_->Run());
    EXPECT_EQ(All(), Upto(5));
    EXPECT_EQ(batcher_->GetStats().failed_flushes, 3u);
}

TEST_F(BatcherTest, RefusesWhenFullAndWaitsForRoom) {
    Make({.max_items = 2, .max_delay = hours(1), .max_buffered = 4});
    Fill(0, 4);
    EXPECT_FALSE(batcher_->TryAdd(4));
    const Status late = runner_.Run(batcher_->Add(4, Deadline::After(milliseconds(1))));
    EXPECT_EQ(late.code(), StatusCode::kDeadlineExceeded);
    EXPECT_EQ(batcher_->GetStats().refused, 2u);

    runner_.Start(batcher_->Run());
    EXPECT_TRUE(runner_.Run(batcher_->Add(4, Deadline::After(seconds(20)))).ok());
    batcher_->Close();
    runner_.Run(Flushed(3));
    EXPECT_EQ(All(), Upto(5));
}

TEST_F(BatcherTest, TakesNothingAfterClose) {
    Make({});
    batcher_->Close();
    EXPECT_FALSE(batcher_->TryAdd(1));
    EXPECT_EQ(
        runner_.Run(batcher_->Add(1, Deadline::After(seconds(1)))).code(),
        StatusCode::kFailedPrecondition
    );
    runner_.Run(batcher_->Run());
    EXPECT_TRUE(batches_.empty());
}

}  // namespace
}  // namespace mp::reliability
