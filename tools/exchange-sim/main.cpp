#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "exchange-sim/simulator.hpp"

int main(int argc, char* argv[]) {
    auto parsed = mp::sim::ParseOptions(argc, argv);
    if (!parsed.options) return parsed.exit_code;

    boost::asio::io_context io(1);
    auto simulator = mp::sim::Simulator::Make(io, *std::move(parsed.options));
    if (!simulator.ok()) {
        std::cerr << "mp-exchange-sim: " << simulator.status().message() << "\n";
        const bool misuse =
            absl::IsInvalidArgument(simulator.status()) || absl::IsNotFound(simulator.status());
        return misuse ? 2 : 1;
    }

    boost::asio::signal_set signals(io, SIGINT, SIGTERM);
    const auto stop = [&] {
        (*simulator)->Stop();
        signals.cancel();
    };
    signals.async_wait([&](boost::system::error_code error, int) {
        if (!error) stop();
    });
    (*simulator)->Start(stop);
    std::cout << (*simulator)->ready_line() << std::endl;
    io.run();
    return 0;
}
