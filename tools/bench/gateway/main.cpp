// mp-bench-gateway: how fast the gateway answers, beside the least that a server can do.
//
//   mp-bench-gateway ceilings      serves the ceilings; prints its two ports; ends with stdin
//   mp-bench-gateway load ...      stores a series of trades
//   mp-bench-gateway unary|rest|rows ...   one measurement of a running gateway and its ceiling
//
// run.py puts them together with a whole system.

#include <cstdio>
#include <string>
#include <thread>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>

#include "bench/figures.hpp"
#include "bench/gateway/bare_grpc.hpp"
#include "bench/gateway/bare_http.hpp"
#include "bench/gateway/grpc_client.hpp"
#include "bench/gateway/http_client.hpp"
#include "bench/gateway/load.hpp"

namespace {

using namespace mp;
using namespace mp::bench;

constexpr size_t kCalls = 60'000;
constexpr size_t kConnections = 16;
constexpr std::chrono::milliseconds kRound{1500};

// What is measured and what it is compared with; a part uses what it needs.
struct Target {
    std::string gateway;  // host:port for gRPC, a port on loopback for HTTP
    std::string ceiling;  // likewise
    Instrument instrument;
    std::string path;   // of a cached answer
    uint64_t rows = 0;  // stored trades
};

int ServeCeilings() {
    const BareGrpc grpc;
    boost::asio::io_context io{1};
    const BareHttp http(io);
    std::jthread thread([&io] { io.run(); });
    std::printf("%d %d\n", grpc.port(), http.port());
    std::fflush(stdout);
    char byte;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    io.stop();
    return 0;
}

void Unary(const Target& target) {
    const auto ceiling = Connect(target.ceiling);
    const auto gateway = Connect(target.gateway);
    EchoRate(ceiling, kCalls / 10);
    BboRate(gateway, target.instrument, kCalls / 10);
    Say("ceiling", EchoRate(ceiling, kCalls), "calls/s");
    Say("gateway", BboRate(gateway, target.instrument, kCalls), "calls/s");
}

void Rest(const Target& target) {
    constexpr size_t kProbe = 1000;
    const HttpTarget gateway{static_cast<uint16_t>(std::stoul(target.gateway)), target.path};
    HttpTarget ceiling{
        static_cast<uint16_t>(std::stoul(target.ceiling)), "/" + std::to_string(kProbe)};
    const size_t head = AnswerBytes(ceiling) - kProbe;
    const size_t size = AnswerBytes(gateway);
    ceiling.path = "/" + std::to_string(size - head);
    Say("size", static_cast<double>(size), "B");
    Say("ceiling", HttpRate(ceiling, kConnections, kRound), "req/s");
    Say("gateway", HttpRate(gateway, kConnections, kRound), "req/s");
}

double Complete(const Target& target, const StoredRows& read) {
    if (read.rows == target.rows) return read.rate;
    std::fprintf(stderr, "%llu rows came\n", static_cast<unsigned long long>(read.rows));
    std::exit(1);
}

void Rows(const Target& target) {
    const auto gateway = Connect(target.gateway);
    const auto ceiling = Connect(target.ceiling);
    Say("ceiling", BareRowRate(ceiling, static_cast<uint32_t>(target.rows)), "rows/s");
    Say("gateway", Complete(target, RowRate(gateway, target.instrument)), "rows/s");
    Say("ceiling of columns", BareColumnRate(ceiling, static_cast<uint32_t>(target.rows)), "rows/s"
    );
    Say("columns", Complete(target, ColumnRate(gateway, target.instrument)), "rows/s");
}

int Store(const LoadOptions& options) {
    const Status loaded = Load(options);
    if (loaded.ok()) return 0;
    std::fprintf(stderr, "load: %s\n", loaded.ToString().c_str());
    return 1;
}

CLI::App* AddPart(CLI::App& app, const char* name, const char* what, Target& target) {
    CLI::App* part = app.add_subcommand(name, what);
    part->add_option("--gateway", target.gateway)->required();
    part->add_option("--ceiling", target.ceiling)->required();
    return part;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("mp-bench-gateway: the gateway beside bare servers");
    app.require_subcommand(1);
    const CLI::App* ceilings = app.add_subcommand("ceilings", "serve the ceilings");

    LoadOptions load;
    CLI::App* store = app.add_subcommand("load", "store trades");
    store->add_option("--nats", load.nats_url, "broker")->required();
    store->add_option("--symbol", load.symbol)->required();
    store->add_option("--trades", load.trades)->required();
    store->add_option("--first-id", load.first_id)->required();
    store->add_option("--first-ts", load.first_ts, "nanoseconds")->required();

    Target target;
    CLI::App* unary = AddPart(app, "unary", "GetBbo beside an echo", target);
    CLI::App* rest = AddPart(app, "rest", "a cached GET beside a bare answer", target);
    CLI::App* rows = AddPart(app, "rows", "stored trades beside a bare stream", target);
    for (CLI::App* part : {unary, rows}) {
        part->add_option("--exchange", target.instrument.exchange)->required();
        part->add_option("--symbol", target.instrument.symbol)->required();
    }
    rest->add_option("--path", target.path)->required();
    rows->add_option("--rows", target.rows, "how many there are")->required();
    CLI11_PARSE(app, argc, argv);

    if (*ceilings) return ServeCeilings();
    if (*store) return Store(load);
    if (*unary) Unary(target);
    if (*rest) Rest(target);
    if (*rows) Rows(target);
    return 0;
}
