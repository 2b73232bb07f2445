#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "exchange-sim/market.hpp"
#include "exchange-sim/market_driver.hpp"
#include "exchange-sim/market_writer.hpp"
#include "exchange-sim/options.hpp"
#include "exchange-sim/outlet.hpp"
#include "exchange-sim/recorded_market.hpp"
#include "exchange-sim/replay.hpp"
#include "exchange-sim/request_tally.hpp"

namespace mp::sim {

// What all exchanges of one simulator share; outlives them.
struct Plant {
    boost::asio::io_context& io;
    const Options& options;
    EvidenceLog& log;
    Hub& hub;
    Outlet& outlet;
    RequestTally& tally;
};

// Where an exchange's messages come from: a generated market, or a recording (which may have been
// made of one). One thread.
class Source {
  public:
    explicit Source(const Plant& plant) : plant_(plant) {}

    // One of the two, once.
    void Serve(Recording recording, double speed);
    // `rate` messages a second; at full speed (--burst) recorded first.
    void Generate(
        std::vector<SymbolSpec> specs, const MakeWriter& make, RecordedForm form, double rate
    );

    // Null where there is none.
    Market* market() { return market_.get(); }
    MarketWriter* writer() { return writer_.get(); }
    MarketDriver* driver() { return driver_.get(); }
    Replay* replay() { return replay_.get(); }

    // The book that a subscription to this stream begins with: to one connection, or (null) to all
    // that listen. Nothing where books do not begin so.
    void SendBook(std::uint32_t stream, WsSession* session);

    void RestartIds(std::uint32_t stream) {
        if (writer_) writer_->RestartIds(stream);
    }

    bool done() const { return replay_ ? replay_->done() : driver_->done(); }
    bool paused() const { return replay_ ? replay_->paused() : driver_->paused(); }
    void Pause(bool pause);
    void StopMarket();
    void Stop();

  private:
    const Plant plant_;
    std::unique_ptr<Market> market_;
    std::unique_ptr<MarketWriter> writer_;
    std::unique_ptr<MarketDriver> driver_;
    std::unique_ptr<Replay> replay_;
};

}  // namespace mp::sim
