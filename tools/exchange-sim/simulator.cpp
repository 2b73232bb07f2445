#include "exchange-sim/simulator.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include "exchange-sim/capture.hpp"
#include "exchange-sim/exchanges.hpp"
#include "exchange-sim/recorded_answers.hpp"
#include "exchange-sim/server.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kFlushEvery{100};
constexpr std::chrono::seconds kReadBy{20};

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

HttpReply Refusal(int status, std::string_view message) {
    return {status, nlohmann::json{{"error", std::string(message)}}.dump(), {}, false};
}

HttpReply Done() {
    return {200, R"({"ok":true})", {}, false};
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
    bool done() const {
        return std::ranges::all_of(exchanges, [](const auto& each) {
            return each->source().done();
        });
    }
    bool paused() const {
        return std::ranges::any_of(exchanges, [](const auto& each) {
            return each->source().paused();
        });
    }
    asio::awaitable<HttpReply> Control(const HttpRequest& request);
    HttpReply Status200();
    HttpReply Command(const HttpRequest& request);
    asio::awaitable<HttpReply> AwaitReaders();
    std::string Url(const char* scheme) const {
        return Concat(scheme, "://", options.advertise, ":", server->port());
    }

    asio::io_context& io;
    Options options;
    EvidenceLog log;
    Hub hub;
    Outlet outlet;
    RequestTally tally;
    std::vector<std::unique_ptr<Exchange>> exchanges;
    std::unique_ptr<Server> server;
    bool stopped = false;
    Signal stopping;

  private:
    Status Announce();
    Result<RecordedAnswers> Recorded() const;
};

// Those of a capture that is to be received as it was recorded.
Result<RecordedAnswers> Simulator::Parts::Recorded() const {
    RecordedAnswers answers;
    if (!options.recorded_clock || options.replay.empty()) return answers;
    const auto files = ReadCaptures(options.replay, "");
    if (!files.ok()) return files.status();
    for (const CaptureFile& file : *files) {
        for (const CaptureLine& line : file.lines) answers.Add(line);
    }
    return answers;
}

Status Simulator::Parts::Prepare() {
    if (!options.log.empty()) MP_RETURN_IF_ERROR(log.Open(options.log, options.log_raw));
    auto made = MakeExchanges(Plant{io, options, log, hub, outlet, tally});
    if (!made.ok()) return made.status();
    exchanges = *std::move(made);
    std::vector<Venue*> venues;
    for (const auto& exchange : exchanges) venues.push_back(&exchange->venue());
    outlet.resend = [this](std::uint32_t stream) {
        for (const auto& exchange : exchanges) exchange->venue().Resend(stream);
    };
    outlet.restart_ids = [this](std::uint32_t stream) {
        for (const auto& exchange : exchanges) exchange->venue().RestartIds(stream);
    };
    auto recorded = Recorded();
    if (!recorded.ok()) return recorded.status();
    server = std::make_unique<Server>(
        io,
        hub,
        outlet,
        log,
        std::move(venues),
        *std::move(recorded),
        options,
        [this](const HttpRequest& request) { return Control(request); }
    );
    for (const Fault& fault : options.faults) outlet.AddFault(fault);
    MP_RETURN_IF_ERROR(server->Listen(options.host, options.port));
    return Announce();
}

Status Simulator::Parts::Announce() {
    if (!options.emit_config.empty()) {
        std::vector<VenueEntry> entries;
        for (const auto& exchange : exchanges) {
            const auto& theirs = exchange->entries();
            entries.insert(entries.end(), theirs.begin(), theirs.end());
        }
        MP_RETURN_IF_ERROR(WriteFile(
            options.emit_config, RenderCollectorConfig(entries, options.advertise, server->port())
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

asio::awaitable<HttpReply> Simulator::Parts::Control(const HttpRequest& request) {
    if (request.path == "/sim/status") co_return Status200();
    if (request.method != "POST") co_return Refusal(405, "POST, or GET /sim/status");
    if (request.path == "/sim/await_readers") co_return co_await AwaitReaders();
    co_return Command(request);
}

HttpReply Simulator::Parts::Status200() {
    nlohmann::ordered_json status;
    status["ready"] = true;
    status["mode"] = options.generate ? "generate" : "replay";
    status["connections"] = outlet.connections();
    status["subscriptions"] = hub.subscriptions();
    status["sent"] = outlet.sent();
    status["withheld"] = outlet.withheld();
    bool started = true;
    std::size_t position = 0;
    std::size_t size = 0;
    std::uint64_t rounds = 0;
    std::vector<std::string> missing;
    for (const auto& exchange : exchanges) {
        const Replay* replay = exchange->source().replay();
        if (replay == nullptr) continue;
        started = started && replay->started();
        position += replay->position();
        rounds = size == 0 ? replay->rounds() : std::min(rounds, replay->rounds());
        size += replay->size();
        for (std::string& stream : replay->WaitingFor()) missing.push_back(std::move(stream));
    }
    status["started"] = started;
    status["done"] = done();
    status["paused"] = paused();
    status["faults_waiting"] = outlet.faults().waiting();
    status["faults_active"] = outlet.faults().active();
    if (size > 0) {
        status["position"] = position;
        status["size"] = size;
        status["rounds"] = rounds;
        status["waiting_for"] = missing;
    }
    auto& streams = status["streams"] = nlohmann::ordered_json::object();
    for (std::uint32_t i = 0; i < hub.size(); ++i) {
        if (hub.Sent(i) > 0) streams[std::string(hub.Name(i))] = hub.Sent(i);
    }
    status["requests"] = server->requests();
    auto& budgets = status["budgets"] = nlohmann::ordered_json::object();
    for (const auto& [name, budget] : tally.budgets()) {
        budgets[name] = {
            {"limit", budget.limit}, {"most", budget.most}, {"refused", budget.refused}};
    }
    return {200, status.dump(), {}, false};
}

asio::awaitable<HttpReply> Simulator::Parts::AwaitReaders() {
    if (outlet.silent_until()) co_return Refusal(409, "a silence is in force");
    const auto late = co_await outlet.AwaitReaders(Signal::TimePoint::clock::now() + kReadBy);
    if (late.empty()) co_return Done();
    std::string message = "not everything was read by connection";
    for (const std::uint64_t id : late) message += Concat(" ", id);
    co_return Refusal(504, message);
}

HttpReply Simulator::Parts::Command(const HttpRequest& request) {
    if (request.path == "/sim/fault") {
        auto fault = ParseFaultJson(request.body);
        if (!fault.ok()) return Refusal(400, std::string(fault.status().message()));
        outlet.AddFault(*std::move(fault));
    } else if (request.path == "/sim/pause" || request.path == "/sim/resume") {
        const bool pause = request.path == "/sim/pause";
        for (const auto& exchange : exchanges) exchange->source().Pause(pause);
    } else if (request.path == "/sim/stop_market") {
        for (const auto& exchange : exchanges) exchange->source().StopMarket();
    } else if (request.path == "/sim/list" || request.path == "/sim/unlist") {
        const auto body = nlohmann::json::parse(request.body, nullptr, false);
        if (!body.is_object() || !body.contains("symbol") || !body["symbol"].is_string()) {
            return Refusal(400, "a symbol is needed");
        }
        for (const auto& exchange : exchanges) {
            exchange->SetListed(body["symbol"].get<std::string>(), request.path == "/sim/list");
        }
    } else if (request.path == "/sim/start") {
        for (const auto& exchange : exchanges) {
            if (Replay* replay = exchange->source().replay()) replay->Start();
        }
    } else if (request.path == "/sim/flush") {
        log.Flush();
    } else {
        return Refusal(404, "unknown command");
    }
    return Done();
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
    for (const auto& exchange : parts.exchanges) {
        Source& source = exchange->source();
        if (source.replay()) asio::co_spawn(parts.io, source.replay()->Run(), ReportFailure);
        if (source.driver()) asio::co_spawn(parts.io, source.driver()->Run(), ReportFailure);
    }
    if (parts.options.exit_when_done) {
        asio::co_spawn(parts.io, parts.WatchDone(std::move(on_done)), ReportFailure);
    }
}

void Simulator::Stop() {
    Parts& parts = *parts_;
    parts.stopped = true;
    for (const auto& exchange : parts.exchanges) exchange->source().Stop();
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

}  // namespace mp::sim
