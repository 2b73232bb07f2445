#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/status.hpp"
#include "exchange-sim/options.hpp"

namespace mp::sim {

// The whole exchange, for the binary and for tests that run it in their own process. Everything
// happens on the io_context's one thread. Stop() first and let io.run() return before destroying
// it.
class Simulator {
  public:
    // Loads or makes the market and listens. InvalidArgument and NotFound are the caller's mistakes
    // (bad capture, bad symbols), everything else is a failure.
    static Result<std::unique_ptr<Simulator>> Make(boost::asio::io_context& io, Options options);
    ~Simulator();

    // Spawns everything on the io_context; `on_done` is called when --exit-when-done is fulfilled.
    void Start(std::function<void()> on_done);
    // Only on the io_context's thread.
    void Stop();

    std::uint16_t port() const;
    std::string ready_line() const;

  private:
    class Parts;

    explicit Simulator(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace mp::sim
