#include "exchange-sim/deribit/deribit_venue.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>

#include "exchange-sim/deribit/channel.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::deribit {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using Kind = Fault::Kind;
using std::chrono::milliseconds;

constexpr milliseconds kLook{100};
constexpr int kInvalidParams = -32602;
constexpr int kTooManyRequests = 10028;
constexpr int kNotForStrangers = 13778;

// Subscriptions cost credits, which come back by the second.
constexpr double kPool = 30'000;
constexpr double kCost = 3'000;
constexpr double kRefill = 10'000;

struct State final : VenueState {
    milliseconds interval{0};  // of heartbeats; 0: none
    Clock::time_point last_test = Clock::now();
    bool waiting = false;  // for the answer to a test_request
    bool authenticated = false;
    Clock::time_point token_end = Clock::time_point::max();
    double credits = kPool;
    Clock::time_point counted = Clock::now();

    bool MayAsk() {
        const auto now = Clock::now();
        const std::chrono::duration<double> passed = now - counted;
        counted = now;
        credits = std::min(kPool, credits + passed.count() * kRefill);
        if (credits < kCost) return false;
        credits -= kCost;
        return true;
    }
};

State& StateOf(WsSession& session) {
    return static_cast<State&>(*session.state);
}

std::string Timing() {
    const std::int64_t now = WallNanos() / 1000;
    return Concat(",\"usIn\":", now, ",\"usOut\":", now + 180, ",\"usDiff\":180,\"testnet\":false");
}

// Parameters of a request as those of a URL.
HttpRequest AsRequest(const Json& params) {
    HttpRequest request;
    if (!params.is_object()) return request;
    for (const auto& [key, value] : params.items()) {
        request.query.emplace_back(
            key, value.is_string() ? value.get<std::string>() : value.dump()
        );
    }
    return request;
}

}  // namespace

struct DeribitVenue::Request {
    std::string id = "null";  // as JSON
    std::string method;
    Json params;

    std::vector<std::string> Channels() const {
        std::vector<std::string> channels;
        const auto list = params.is_object() ? params.find("channels") : params.end();
        if (!params.is_object() || list == params.end() || !list->is_array()) return channels;
        for (const Json& channel : *list) {
            if (channel.is_string()) channels.push_back(channel.get<std::string>());
        }
        return channels;
    }
};

DeribitVenue::DeribitVenue(
    const Plant& plant, const Instruments& instruments, Source& source, const MarketFeed* feed
)
    : StreamVenue(plant, source, kLook),
      instruments_(instruments),
      methods_(instruments, source, feed),
      rate_(plant.tally) {}

bool DeribitVenue::AcceptsSocket(const HttpRequest& request) const {
    return request.path == "/ws/api/v2";
}

bool DeribitVenue::AcceptsRequest(const HttpRequest& request) const {
    return request.path.starts_with("/api/v2/");
}

void DeribitVenue::OnOpen(WsSession& session, const HttpRequest&) {
    session.state = std::make_unique<State>();
    session.keep_alive = [this](WsSession& each) { KeepAlive(each); };
}

// Every interval a question; the next one waits for its answer, and it must come in time.
void DeribitVenue::KeepAlive(WsSession& session) const {
    State& state = StateOf(session);
    if (Clock::now() > state.token_end) return session.Cut("token expired");
    if (state.interval.count() == 0) return;
    const auto interval = std::min(state.interval, plant_.options.ws.ping_interval);
    const auto passed = Clock::now() - state.last_test;
    if (state.waiting && passed > std::min(interval, plant_.options.ws.pong_timeout)) {
        return session.Cut("test_request unanswered");
    }
    if (state.waiting || passed < interval) return;
    state.waiting = true;
    state.last_test = Clock::now();
    plant_.log.Connection("heartbeat", session.id(), "");
    session.SendText(R"({"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}})");
}

void DeribitVenue::OnText(WsSession& session, std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    Request request;
    if (!json.is_object()) {
        return Reply(session, request, Methods::Error(-32700, "Parse error"));
    }
    if (const auto id = json.find("id"); id != json.end()) request.id = id->dump();
    if (const auto params = json.find("params"); params != json.end()) request.params = *params;
    request.method = TextOf(json, "method");

    if (request.method == "public/subscribe") return Subscribe(session, request);
    if (request.method.starts_with("public/unsubscribe")) return Unsubscribe(session, request);
    if (request.method == "public/set_heartbeat") return SetHeartbeat(session, request);
    if (request.method == "public/auth") return Authenticate(session, request);
    if (request.method == "public/disable_heartbeat") {
        StateOf(session).interval = milliseconds(0);
        return Reply(session, request, {"\"ok\""});
    }
    if (request.method == "public/test") {
        // As if it had been lost on its way.
        if (TakeFault(Kind::kNoAnswer, "")) return;
        StateOf(session).waiting = false;
        if (TakeNoPong()) return;
    }
    boost::asio::co_spawn(
        plant_.io, Answer(session.shared_from_this(), std::move(request)), boost::asio::detached
    );
}

boost::asio::awaitable<void> DeribitVenue::Answer(
    std::shared_ptr<WsSession> session, Request request
) {
    const HttpRequest parameters = AsRequest(request.params);
    const auto answer = co_await methods_.Call(request.method, parameters);
    Reply(*session, request, answer);
}

void DeribitVenue::Reply(WsSession& session, const Request& request, const Methods::Answer& answer)
    const {
    session.SendText(Concat(
        "{\"jsonrpc\":\"2.0\",\"id\":",
        request.id,
        answer.error ? ",\"error\":" : ",\"result\":",
        answer.json,
        Timing(),
        "}"
    ));
}

bool DeribitVenue::Exists(std::string_view name) const {
    const auto channel = ParseChannel(name);
    if (!channel) return false;
    return channel->symbol.empty() || instruments_.Find(channel->symbol) != nullptr;
}

void DeribitVenue::Subscribe(WsSession& session, const Request& request) {
    std::vector<std::string> channels = request.Channels();
    if (!request.params.is_object() || !request.params.contains("channels") ||
        !request.params["channels"].is_array()) {
        return Reply(
            session,
            request,
            Methods::Error(kInvalidParams, "Invalid params", "value must be a list")
        );
    }
    State& state = StateOf(session);
    const bool may_ask = state.MayAsk();
    plant_.tally.Note("deribit credits", kPool, kPool - state.credits, !may_ask);
    if (!may_ask) {
        Reply(session, request, Methods::Error(kTooManyRequests, "too_many_requests"));
        return session.Close(1008, "");
    }
    const bool raw = std::ranges::any_of(channels, [](const std::string& name) {
        const auto channel = ParseChannel(name);
        return channel && channel->raw();
    });
    if (raw && !state.authenticated) {
        return Reply(
            session,
            request,
            Methods::Error(kNotForStrangers, "raw_subscriptions_not_available_for_unauthorized")
        );
    }
    std::erase_if(channels, [this](const std::string& name) { return !Exists(name); });
    const auto fault = TakeFault(Kind::kAck, "");
    if (fault && fault->variant == "refused") {
        return Reply(
            session, request, Methods::Error(11051, "system_maintenance", "simulated refusal")
        );
    }
    const auto ack = [&](bool odd) {
        std::vector<std::string> named = channels;
        std::ranges::reverse(named);  // in another order than asked
        const std::string list = Json(named).dump();
        if (!odd) return Reply(session, request, {list});
        session.SendText(Concat(
            "{ \"usDiff\" : 1.5e2,\n \"result\" : ",
            list,
            " , \"hint\":null, \"id\" : ",
            request.id,
            " }"
        ));
    };
    Acknowledge(fault, ack, [&] {
        for (const std::string& name : channels) {
            Attach(session, name, BarMillis(ParseChannel(name)->resolution));
        }
    });
    Note("subscribed", session, Join(channels, " "));
}

void DeribitVenue::Unsubscribe(WsSession& session, const Request& request) {
    std::vector<std::string> channels = request.Channels();
    if (request.method == "public/unsubscribe_all") {
        for (const std::uint32_t stream : session.streams) {
            channels.emplace_back(plant_.hub.Name(stream));
        }
    }
    std::vector<std::string> ended;
    for (const std::string& name : channels) {
        if (Detach(session, name)) ended.push_back(name);
    }
    const bool all = request.method == "public/unsubscribe_all";
    Reply(session, request, {all ? "\"ok\"" : Json(ended).dump()});
    Note("unsubscribed", session, Join(ended, " "));
}

void DeribitVenue::SetHeartbeat(WsSession& session, const Request& request) {
    const auto asked = AsRequest(request.params).Number("interval");
    if (!asked || *asked < 10) {
        return Reply(
            session,
            request,
            Methods::Error(kInvalidParams, "Invalid params", "value is too low: must be >= 10")
        );
    }
    State& state = StateOf(session);
    if (state.interval.count() == 0) state.last_test = Clock::now();
    state.interval = std::chrono::seconds(*asked);
    if (TakeNoPong()) return;
    Reply(session, request, {"\"ok\""});
}

// Whoever names a client and a secret is let in, but for "nobody".
void DeribitVenue::Authenticate(WsSession& session, const Request& request) {
    const HttpRequest parameters = AsRequest(request.params);
    const std::string_view client = parameters.Text("client_id");
    if (client.empty() || client == "nobody" || parameters.Text("client_secret").empty()) {
        return Reply(session, request, Methods::Error(13004, "invalid_credentials"));
    }
    std::int64_t seconds = 31'536'000;
    if (const auto fault = TakeFault(Kind::kToken, "")) {
        seconds = static_cast<std::int64_t>(fault->seconds);
    }
    State& state = StateOf(session);
    state.authenticated = true;
    state.token_end = Clock::now() + std::chrono::seconds(seconds);
    plant_.log.Connection("authenticated", session.id(), "");
    Reply(
        session,
        request,
        {Concat(
            R"({"access_token":"simulated-access-)",
            session.id(),
            R"(","expires_in":)",
            seconds,
            R"(,"refresh_token":"simulated-refresh-)",
            session.id(),
            R"(","scope":"connection mainaccount",)"
            R"("token_type":"bearer"})"
        )}
    );
}

boost::asio::awaitable<HttpReply> DeribitVenue::OnRequest(const HttpRequest& request) {
    std::string_view method = request.path;
    ConsumePrefix(method, "/api/v2/");
    const bool listing = method == "public/get_instruments";
    const std::size_t burst = listing ? 50 : 100;
    const std::string key = Concat("deribit ", request.client, listing ? " listing" : "");
    if (!rate_.Allow(key, burst, std::chrono::seconds(5), Clock::now())) {
        co_return HttpReply{429, LimitExceeded(false, 0), {}, false};
    }
    const auto answer = co_await methods_.Call(method, request);
    const std::string body = Concat(
        "{\"jsonrpc\":\"2.0\",",
        answer.error ? "\"error\":" : "\"result\":",
        answer.json,
        Timing(),
        "}"
    );
    co_return HttpReply{answer.error ? 400 : 200, body, {}, false};
}

std::string DeribitVenue::LimitExceeded(bool, int) const {
    return Concat(
        R"({"jsonrpc":"2.0","error":{"code":10028,"message":"too_many_requests"})", Timing(), "}"
    );
}

std::string DeribitVenue::StrayError() const {
    return Concat(
        R"({"jsonrpc":"2.0","error":{"code":11051,"message":"system_maintenance"})", Timing(), "}"
    );
}

}  // namespace mp::sim::deribit
