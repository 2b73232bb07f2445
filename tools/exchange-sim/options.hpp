#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "exchange-sim/faults.hpp"
#include "exchange-sim/ws_session.hpp"

namespace mp::sim {

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string port_file;
    std::string advertise;  // host name in the emitted configuration; empty = host

    bool generate = false;
    std::uint64_t seed = 1;
    bool all_kinds = false;  // generated: dated futures, options, combos too
    std::string venues = "binance";
    std::string symbols = "BTC-USDT,ETH-USDT,BNB-USDT,SOL-USDT,XRP-USDT";
    double rate = 200;   // messages a second
    bool burst = false;  // made beforehand, served as fast as the sockets take it
    std::uint64_t count = 0;
    std::string trade_channel = "trade";

    std::string replay;  // a file or folder
    double speed = 1;    // 0 = max
    bool loop = false;
    bool start_when_subscribed = true;

    std::string emit_config;
    std::string log;
    bool log_raw = true;
    bool recorded_clock = false;
    bool exit_when_done = false;
    double linger_s = 1;
    std::vector<Fault> faults;
    int weight_limit = 6000;
    WsLimits ws;
};

// What the command line asked for: run, or stop with this exit code (help and version are printed).
struct ParsedOptions {
    std::optional<Options> options;
    int exit_code = 0;
};

ParsedOptions ParseOptions(int argc, const char* const* argv);

}  // namespace mp::sim
