#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "exchange-sim/market.hpp"
#include "exchange-sim/outlet.hpp"
#include "exchange-sim/signal.hpp"

namespace mp::sim {

// Runs a generated market against the wall clock: primary messages singly and evenly spread at
// `rate` a second. Behind by more than half a second (a stopped machine, a pause) it goes on from
// now instead of catching up. One thread.
class MarketDriver {
  public:
    using Publish = std::function<void(const MarketEvent&)>;

    // `count` ends the market after that many sent messages; 0 = endless.
    MarketDriver(
        boost::asio::io_context& io,
        Market& market,
        Outlet& outlet,
        double rate,
        std::uint64_t count,
        Publish publish
    );

    boost::asio::awaitable<void> Run();

    void Pause(bool paused);
    void StopMarket();  // no new messages any more; what is unsent is still delivered
    void Stop();

    bool paused() const { return paused_; }
    bool done() const { return done_; }

  private:
    bool Finished() const {
        return stopped_ || market_stopped_ || (count_ > 0 && outlet_.sent() >= count_);
    }

    boost::asio::io_context& io_;
    Market& market_;
    Outlet& outlet_;
    const double rate_;
    const std::uint64_t count_;
    const Publish publish_;
    bool paused_ = false;
    bool stopped_ = false;
    bool market_stopped_ = false;
    bool done_ = false;
    Signal changed_;
};

}  // namespace mp::sim
