#include "exchange-sim/market_driver.hpp"

#include <chrono>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "exchange-sim/wall_clock.hpp"

namespace mp::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kMaxLag = std::chrono::milliseconds(500);
constexpr int kMaxAtOnce = 64;

}  // namespace

MarketDriver::MarketDriver(
    boost::asio::io_context& io,
    Market& market,
    Outlet& outlet,
    double rate,
    std::uint64_t count,
    Publish publish
)
    : io_(io),
      market_(market),
      outlet_(outlet),
      rate_(rate),
      count_(count),
      publish_(std::move(publish)),
      changed_(io) {}

boost::asio::awaitable<void> MarketDriver::Run() {
    const auto spacing =
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / rate_));
    auto due = Clock::now();
    while (!Finished()) {
        if (paused_) {
            co_await changed_.Wait();
            continue;
        }
        auto now = Clock::now();
        if (now - due > kMaxLag) due = now;
        if (due > now) {
            co_await changed_.Wait(due);
            continue;
        }
        for (int i = 0; i < kMaxAtOnce && due <= now && !Finished(); ++i, due += spacing) {
            market_.Next(WallMillis(), publish_);
        }
        co_await boost::asio::post(io_, boost::asio::use_awaitable);
    }
    while (outlet_.Backlog() > 0 && !stopped_) co_await outlet_.progress().Wait();
    done_ = true;
}

void MarketDriver::Pause(bool paused) {
    paused_ = paused;
    changed_.Notify();
}

void MarketDriver::StopMarket() {
    market_stopped_ = true;
    changed_.Notify();
}

void MarketDriver::Stop() {
    stopped_ = true;
    changed_.Notify();
}

}  // namespace mp::sim
