#include "exchange-sim/options.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "exchange-sim/symbol_spec.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {
namespace {

struct Texts {
    std::string rate = "200";
    std::string speed = "1";
    std::string clock = "live";
    std::vector<std::string> faults;
    double ping_interval_s = 20;
    double pong_timeout_s = 60;
    double life_s = 24 * 3600;
    std::size_t max_backlog_mb = 64;
};

void Describe(CLI::App& app, Options& options, Texts& texts) {
    app.set_version_flag("--version", "mp-exchange-sim " MP_VERSION);
    app.add_option("--host", options.host, "address to listen on")->capture_default_str();
    app.add_option("--port", options.port, "port; 0 takes a free one")->capture_default_str();
    app.add_option("--port-file", options.port_file, "file that gets the port");
    app.add_option("--advertise", options.advertise, "host name in --emit-config");

    auto* generate = app.add_flag("--generate", options.generate, "serve a generated market");
    app.add_option("--seed", options.seed, "of the generated market")->capture_default_str();
    app.add_option(
           "--venues",
           options.venues,
           "generated exchanges: binance, binance-contracts, okx, deribit, bybit"
    )
        ->capture_default_str();
    app.add_flag(
        "--all-kinds",
        options.all_kinds,
        "generate dated futures, inverse contracts, options and combos, too"
    );
    app.add_option("--symbols", options.symbols, "of the generated market")->capture_default_str();
    app.add_option("--rate", texts.rate, "messages a second over all streams, or max")
        ->capture_default_str();
    app.add_flag("--burst", options.burst, "like --rate max: made beforehand, as fast as possible");
    app.add_option("--count", options.count, "stop after so many messages");
    app.add_option("--trade-channel", options.trade_channel, "trades that count towards the rate")
        ->check(CLI::IsMember({"trade", "aggTrade"}))
        ->capture_default_str();

    auto* replay = app.add_option("--replay", options.replay, "serve a capture: file or folder");
    replay->excludes(generate);
    app.add_option("--speed", texts.speed, "factor on the recorded time, or max")
        ->capture_default_str();
    app.add_flag(
        "--loop", options.loop, "begin again at the end: the same messages, their ids and times too"
    );
    app.add_flag(
        "--start-when-subscribed,!--start-at-once",
        options.start_when_subscribed,
        "wait until every recorded stream has a subscriber (default)"
    );

    app.add_option("--emit-config", options.emit_config, "write the collector's venues to a file");
    app.add_option("--log", options.log, "evidence log");
    app.add_option("--log-raw", options.log_raw, "0: identities instead of raw texts")
        ->capture_default_str();
    app.add_option("--clock", texts.clock, "recorded: send recorded times to who asks for them")
        ->check(CLI::IsMember({"live", "recorded"}))
        ->capture_default_str();
    app.add_flag("--exit-when-done", options.exit_when_done, "exit after the last message");
    app.add_option("--linger", options.linger_s, "seconds between the last message and the exit")
        ->capture_default_str();
    app.add_option("--fault", texts.faults, "e.g. at=1000,kind=drop_delta,symbol=BTCUSDT");
    app.add_option("--weight-limit", options.weight_limit, "REST weight a minute")
        ->capture_default_str();
    app.add_option("--ping-interval", texts.ping_interval_s, "seconds")->capture_default_str();
    app.add_option("--pong-timeout", texts.pong_timeout_s, "seconds")->capture_default_str();
    app.add_option("--connection-life", texts.life_s, "seconds")->capture_default_str();
    app.add_option("--max-backlog", texts.max_backlog_mb, "MiB unsent before a reader is cut")
        ->capture_default_str();
}

Status ReadFactor(const std::string& text, const char* name, double& value) {
    if (text == "max") {
        value = 0;
        return OkStatus();
    }
    value = ParseNumber<double>(text).value_or(-1);
    if (value > 0) return OkStatus();
    return absl::InvalidArgumentError(std::string(name) + ": a positive number or max");
}

Status Complete(Options& options, const Texts& texts) {
    if (options.generate == !options.replay.empty()) {
        return absl::InvalidArgumentError("one of --generate and --replay is needed");
    }
    MP_RETURN_IF_ERROR(ReadFactor(texts.rate, "--rate", options.rate));
    MP_RETURN_IF_ERROR(ReadFactor(texts.speed, "--speed", options.speed));
    if (options.rate == 0) options.burst = true;
    if (options.generate) {
        if (const auto symbols = ParseSymbols(options.symbols); !symbols.ok()) {
            return Annotate(symbols.status(), "--symbols");
        }
    }
    for (const std::string& text : texts.faults) {
        auto fault = ParseFault(text);
        if (!fault.ok()) return fault.status();
        options.faults.push_back(*std::move(fault));
    }
    const auto millis = [](double seconds) {
        return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    };
    options.recorded_clock = texts.clock == "recorded";
    options.ws.ping_interval = millis(texts.ping_interval_s);
    options.ws.pong_timeout = millis(texts.pong_timeout_s);
    options.ws.life = std::chrono::seconds(static_cast<std::int64_t>(texts.life_s));
    options.ws.max_backlog = texts.max_backlog_mb << 20;
    if (options.advertise.empty()) {
        options.advertise = options.host == "0.0.0.0" ? "127.0.0.1" : options.host;
    }
    return OkStatus();
}

}  // namespace

ParsedOptions ParseOptions(int argc, const char* const* argv) {
    CLI::App app(
        "mp-exchange-sim: an exchange that speaks the real protocol (Binance, OKX, Deribit, Bybit)"
    );
    Options options;
    Texts texts;
    Describe(app, options, texts);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {std::nullopt, app.exit(error) == 0 ? 0 : 2};
    }
    if (const Status status = Complete(options, texts); !status.ok()) {
        std::cerr << "mp-exchange-sim: " << status.message() << "\n";
        return {std::nullopt, 2};
    }
    return {std::move(options), 0};
}

}  // namespace mp::sim
