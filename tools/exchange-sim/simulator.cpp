#include "exchange-sim/simulator.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include "exchange-sim/binance/backend.hpp"
#include "exchange-sim/binance/emit_config.hpp"
#include "exchange-sim/binance/market_venue.hpp"
#include "exchange-sim/binance/recorded_market.hpp"
#include "exchange-sim/binance/recording.hpp"
#include "exchange-sim/market_driver.hpp"
#include "exchange-sim/replay.hpp"
#include "exchange-sim/server.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t kBurstCount = 200'000;
constexpr std::chrono::milliseconds kFlushEvery{100};

// Rethrows nothing: a coroutine of the simulator that fails is a bug, and must not go unnoticed.
void ReportFailure(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

Status WriteFile(const std::string& path, const std::string& text) {
    const std::string draft = path + ".tmp";
    std::ofstream out(draft, std::ios::trunc);
    out << text;
    out.close();
    if (!out || std::rename(draft.c_str(), path.c_str()) != 0) {
        return absl::UnavailableError(Concat("cannot write ", path));
    }
    return OkStatus();
}

}  // namespace

// Members in dependency order.
class Simulator::Parts {
  public:
    Parts(asio::io_context& io_context, Options simulator_options)
        : io(io_context),
          options(std::move(simulator_options)),
          outlet(io, hub, log),
          stopping(io) {}

    Status Prepare();
    asio::awaitable<void> FlushLog();
    asio::awaitable<void> WatchDone(std::function<void()> on_done);
    asio::awaitable<void> Linger(std::chrono::milliseconds time);
    bool done() const { return replay ? replay->done() : driver->done(); }
    bool paused() const { return replay ? replay->paused() : driver->paused(); }
    HttpReply Status200(const HttpRequest& request);
    HttpReply Command(const HttpRequest& request);
    std::string Url(const char* scheme) const {
        return Concat(scheme, "://", options.advertise, ":", server->port());
    }

    asio::io_context& io;
    Options options;
    EvidenceLog log;
    Hub hub;
    Outlet outlet;
    binance::ExchangeInfo info;
    binance::CollectorSettings settings;
    const binance::MarketKind* kind = &binance::kSpot;
    std::unique_ptr<Market> market;
    std::unique_ptr<binance::MarketFeed> feed;
    std::unique_ptr<MarketDriver> driver;
    std::unique_ptr<Replay> replay;
    std::unique_ptr<binance::Backend> backend;
    std::unique_ptr<binance::MarketVenue> venue;
    std::unique_ptr<Server> server;
    bool stopped = false;
    Signal stopping;

  private:
    Status PrepareReplay();
    Status PrepareMarket();
    void Serve(Recording recording, double speed);
    Status Announce();
};

Status Simulator::Parts::Prepare() {
    if (!options.log.empty()) MP_RETURN_IF_ERROR(log.Open(options.log, options.log_raw));
    MP_RETURN_IF_ERROR(options.generate ? PrepareMarket() : PrepareReplay());
    venue = std::make_unique<binance::MarketVenue>(
        *kind,
        hub,
        log,
        outlet.faults(),
        *backend,
        info,
        binance::IsSpot(*kind) ? options.weight_limit
                               : std::min(options.weight_limit, kind->weight_limit),
        options.recorded_clock
    );
    server = std::make_unique<Server>(
        io,
        hub,
        outlet,
        log,
        *venue,
        options.ws,
        [this](const HttpRequest& request) {
            return request.path == "/sim/status" ? Status200(request) : Command(request);
        }
    );
    for (const Fault& fault : options.faults) outlet.AddFault(fault);
    MP_RETURN_IF_ERROR(server->Listen(options.host, options.port));
    return Announce();
}

Status Simulator::Parts::PrepareReplay() {
    auto loaded = binance::LoadRecording(options.replay, hub);
    if (!loaded.ok()) return loaded.status();
    for (const std::string& remark : loaded->remarks) {
        std::cerr << "mp-exchange-sim: " << remark << "\n";
    }
    kind = loaded->market;
    options.ws.messages_per_second =
        std::max(options.ws.messages_per_second, kind->messages_per_second);
    info = std::move(loaded->exchange_info);
    settings = std::move(loaded->settings);
    Serve(std::move(loaded->recording), options.speed);
    return OkStatus();
}

void Simulator::Parts::Serve(Recording recording, double speed) {
    const ReplayOptions how{speed, options.loop, options.start_when_subscribed};
    replay = std::make_unique<Replay>(io, hub, outlet, std::move(recording), how);
    backend = std::make_unique<binance::RecordedBackend>(*replay);
}

Status Simulator::Parts::PrepareMarket() {
    auto specs = ParseSymbols(options.symbols);
    if (!specs.ok()) return specs.status();
    settings.data_types = {"trade", "book_delta", "bbo", "ticker", "kline"};
    settings.trade_channel = options.trade_channel;
    settings.kline_intervals = {"1m"};
    for (const SymbolSpec& spec : *specs) {
        settings.symbols.push_back(spec.canonical());
        info.Add(
            {spec.base + spec.quote, spec.base, spec.quote, spec.price_digits, spec.quantity_digits}
        );
    }
    const bool aggregate = options.trade_channel == "aggTrade";
    MarketOptions market_options{options.seed, aggregate, {60'000, 1'000}};
    market = std::make_unique<Market>(*std::move(specs), market_options, WallMillis());
    if (options.burst) {
        const std::uint64_t count = options.count > 0 ? options.count : kBurstCount;
        Serve(binance::RecordMarket(*market, hub, aggregate, count), 0);
        return OkStatus();
    }
    feed = std::make_unique<binance::MarketFeed>(
        *market,
        hub,
        [this](std::uint32_t stream) { return hub.HasSubscribers(stream); },
        [this](const Frame& frame) { outlet.Publish(frame); }
    );
    driver = std::make_unique<MarketDriver>(
        io,
        *market,
        outlet,
        options.rate,
        options.count,
        [this](const MarketEvent& event) { feed->Publish(event); }
    );
    backend = std::make_unique<binance::GeneratedBackend>(*market, *feed);
    return OkStatus();
}

Status Simulator::Parts::Announce() {
    if (!options.emit_config.empty()) {
        MP_RETURN_IF_ERROR(WriteFile(
            options.emit_config,
            binance::RenderCollectorConfig(settings, options.advertise, server->port())
        ));
    }
    if (options.port_file.empty()) return OkStatus();
    return WriteFile(options.port_file, Concat(server->port(), "\n"));
}

asio::awaitable<void> Simulator::Parts::FlushLog() {
    while (!stopped) {
        co_await stopping.Wait(std::chrono::steady_clock::now() + kFlushEvery);
        log.Flush();
    }
}

asio::awaitable<void> Simulator::Parts::WatchDone(std::function<void()> on_done) {
    constexpr std::chrono::milliseconds kLook{20};
    while (!stopped && !done()) {
        co_await stopping.Wait(std::chrono::steady_clock::now() + kLook);
    }
    co_await Linger(std::chrono::milliseconds(static_cast<int>(options.linger_s * 1000)));
    const auto sessions = outlet.sessions();
    for (const auto& [id, session] : sessions) session->Close(1000, "");
    constexpr std::chrono::milliseconds kGoodbye{2500};
    const auto until = std::chrono::steady_clock::now() + kGoodbye;
    while (!stopped && outlet.connections() > 0 && std::chrono::steady_clock::now() < until) {
        co_await outlet.progress().Wait(until);
    }
    if (!stopped) on_done();
}

asio::awaitable<void> Simulator::Parts::Linger(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!stopped && std::chrono::steady_clock::now() < until) co_await stopping.Wait(until);
}

HttpReply Simulator::Parts::Status200(const HttpRequest&) {
    nlohmann::ordered_json status;
    status["ready"] = true;
    status["mode"] = options.generate ? "generate" : "replay";
    status["connections"] = outlet.connections();
    status["subscriptions"] = hub.subscriptions();
    status["sent"] = outlet.sent();
    status["withheld"] = outlet.withheld();
    status["started"] = !replay || replay->started();
    status["done"] = done();
    status["paused"] = paused();
    status["faults_waiting"] = outlet.faults().waiting();
    status["faults_active"] = outlet.faults().active();
    if (replay) {
        status["position"] = replay->position();
        status["size"] = replay->size();
        status["waiting_for"] = replay->WaitingFor();
    }
    auto& streams = status["streams"] = nlohmann::ordered_json::object();
    for (std::uint32_t i = 0; i < hub.size(); ++i) {
        if (hub.Sent(i) > 0) streams[std::string(hub.Name(i))] = hub.Sent(i);
    }
    status["requests"] = server->requests();
    return {200, status.dump(), {}, false};
}

HttpReply Simulator::Parts::Command(const HttpRequest& request) {
    const auto error = [](int status, std::string_view message) {
        return HttpReply{status, nlohmann::json{{"error", std::string(message)}}.dump(), {}, false};
    };
    if (request.method != "POST") return error(405, "POST, or GET /sim/status");
    if (request.path == "/sim/fault") {
        auto fault = ParseFaultJson(request.body);
        if (!fault.ok()) return error(400, std::string(fault.status().message()));
        outlet.AddFault(*std::move(fault));
    } else if (request.path == "/sim/pause" || request.path == "/sim/resume") {
        const bool pause = request.path == "/sim/pause";
        if (replay) replay->Pause(pause);
        if (driver) driver->Pause(pause);
    } else if (request.path == "/sim/stop_market") {
        if (replay) replay->Pause(true);
        if (driver) driver->StopMarket();
    } else if (request.path == "/sim/start") {
        if (replay) replay->Start();
    } else if (request.path == "/sim/flush") {
        log.Flush();
    } else {
        return error(404, "unknown command");
    }
    return {200, "{\"ok\":true}", {}, false};
}

Simulator::Simulator(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Simulator::~Simulator() = default;

Result<std::unique_ptr<Simulator>> Simulator::Make(asio::io_context& io, Options options) {
    auto parts = std::make_unique<Parts>(io, std::move(options));
    MP_RETURN_IF_ERROR(parts->Prepare());
    return std::unique_ptr<Simulator>(new Simulator(std::move(parts)));
}

void Simulator::Start(std::function<void()> on_done) {
    Parts& parts = *parts_;
    asio::co_spawn(parts.io, parts.server->Run(), ReportFailure);
    asio::co_spawn(parts.io, parts.FlushLog(), ReportFailure);
    if (parts.replay) asio::co_spawn(parts.io, parts.replay->Run(), ReportFailure);
    if (parts.driver) asio::co_spawn(parts.io, parts.driver->Run(), ReportFailure);
    if (parts.options.exit_when_done) {
        asio::co_spawn(parts.io, parts.WatchDone(std::move(on_done)), ReportFailure);
    }
}

void Simulator::Stop() {
    Parts& parts = *parts_;
    parts.stopped = true;
    if (parts.replay) parts.replay->Stop();
    if (parts.driver) parts.driver->Stop();
    parts.server->Stop();
    parts.outlet.progress().Notify();
    parts.stopping.Notify();
    parts.log.Flush();
}

std::uint16_t Simulator::port() const {
    return parts_->server->port();
}

std::string Simulator::ready_line() const {
    return Concat(
        "mp-exchange-sim ready: rest=",
        parts_->Url("http"),
        " ws=",
        parts_->Url("ws"),
        " status=",
        parts_->Url("http"),
        "/sim/status"
    );
}

HttpReply Simulator::Control(const HttpRequest& request) {
    return parts_->Command(request);
}

}  // namespace mp::sim
