#include "exchange-sim/okx/okx_venue.hpp"

#include <algorithm>
#include <deque>

#include <nlohmann/json.hpp>

#include "exchange-sim/okx/channel.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::okx {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using Kind = Fault::Kind;

constexpr std::chrono::milliseconds kIdle{30'000};
constexpr std::chrono::milliseconds kLook{500};
constexpr std::size_t kRequestsAnHour = 480;

struct State final : VenueState {
    std::deque<Clock::time_point> requests;  // of the last hour

    bool MayAsk() {
        const auto now = Clock::now();
        while (!requests.empty() && now - requests.front() > std::chrono::hours(1)) {
            requests.pop_front();
        }
        if (requests.size() >= kRequestsAnHour) return false;
        requests.push_back(now);
        return true;
    }
};

// Keys as the exchange orders them, not sorted.
std::string ArgText(const Json& arg, bool odd) {
    std::string out = "{";
    std::vector<const char*> keys{"channel", "instType", "instFamily", "instId"};
    if (odd) std::ranges::reverse(keys);
    for (const char* key : keys) {
        const std::string value = TextOf(arg, key);
        if (value.empty()) continue;
        if (out.size() > 1) out += odd ? " , " : ",";
        out += Concat("\"", key, "\":", odd ? " " : "", Json(value).dump());
    }
    return out + "}";
}

std::string Error(std::string_view code, std::string_view message, const std::string& connection) {
    return Concat(
        R"({"event":"error","code":")",
        code,
        R"(","msg":)",
        Json(std::string(message)).dump(),
        R"(,"connId":")",
        connection,
        "\"}"
    );
}

}  // namespace

OkxVenue::OkxVenue(
    const Plant& plant, const Instruments& instruments, Source& source, const MarketFeed* feed
)
    : StreamVenue(plant, source, kLook),
      instruments_(instruments),
      rest_(instruments, source, feed, plant.tally) {}

bool OkxVenue::AcceptsSocket(const HttpRequest& request) const {
    return request.path == "/ws/v5/public" || request.path == "/ws/v5/business";
}

bool OkxVenue::AcceptsRequest(const HttpRequest& request) const {
    return request.path.starts_with("/api/v5/");
}

void OkxVenue::OnOpen(WsSession& session, const HttpRequest& request) {
    session.route = request.path == "/ws/v5/business" ? "business" : "public";
    session.state = std::make_unique<State>();
    const auto idle = std::min(kIdle, plant_.options.ws.pong_timeout);
    session.keep_alive = [idle](WsSession& each) {
        if (Clock::now() - each.last_traffic() < idle) return;
        each.Close(4004, "No data received in 30s");
    };
}

void OkxVenue::OnText(WsSession& session, std::string_view text) {
    if (text == "ping") {
        if (!TakeNoPong()) session.SendText("pong");
        return;
    }
    const std::string connection = ConnectionId(session);
    const Json request = Json::parse(text, nullptr, false);
    const std::string op = TextOf(request, "op");
    const bool subscribe = op == "subscribe";
    const auto args = request.is_object() ? request.find("args") : request.end();
    if ((!subscribe && op != "unsubscribe") || args == request.end() || !args->is_array()) {
        return session.SendText(Error("60012", Concat("Illegal request: ", text), connection));
    }
    if (!static_cast<State&>(*session.state).MayAsk()) {
        return session.SendText(Error("60014", "Requests too frequent", connection));
    }
    const std::string id = TextOf(request, "id");
    for (const Json& arg : *args) {
        if (subscribe) {
            Subscribe(session, arg, id);
        } else {
            Unsubscribe(session, arg, id);
        }
    }
}

std::string OkxVenue::StreamOf(const WsSession& session, const Json& arg) const {
    if (!arg.is_object()) return "";
    const std::string name = TextOf(arg, "channel");
    const Channel* channel = FindChannel(name);
    if (channel == nullptr || channel->business != (session.route == "business")) return "";
    const std::string instrument = TextOf(arg, "instId");
    if (channel->kind == FrameKind::kLiquidation || name == "instruments") {
        const std::string type = TextOf(arg, "instType");
        return type.empty() ? "" : StreamName(name, type);
    }
    if (name == "opt-summary") return StreamName(name, TextOf(arg, "instFamily"));
    const bool index = name.starts_with("index-");
    if (!index && instruments_.Find(instrument) == nullptr) return "";
    return instrument.empty() ? "" : StreamName(name, instrument);
}

void OkxVenue::Subscribe(WsSession& session, const Json& arg, const std::string& id) {
    const std::string name = StreamOf(session, arg);
    const auto fault = TakeFault(Kind::kAck, TextOf(arg, "instId"));
    if (name.empty() || (fault && fault->variant == "refused")) {
        return session.SendText(Error(
            "60018",
            Concat(
                "Wrong URL or channel:",
                TextOf(arg, "channel"),
                ",instId:",
                TextOf(arg, "instId"),
                " doesn't exist. Please use the correct URL, channel and parameters referring to "
                "API document."
            ),
            ConnectionId(session)
        ));
    }
    Acknowledge(
        fault,
        [&](bool odd) { session.SendText(Ack(session, "subscribe", arg, id, odd)); },
        [&] { Attach(session, name, BarMillis(TextOf(arg, "channel"))); }
    );
    Note("subscribed", session, name);
}

void OkxVenue::Unsubscribe(WsSession& session, const Json& arg, const std::string& id) {
    const std::string name = StreamOf(session, arg);
    if (name.empty()) {
        return session.SendText(Error("60018", "Wrong URL or channel", ConnectionId(session)));
    }
    Detach(session, name);
    session.SendText(Ack(session, "unsubscribe", arg, id, false));
    Note("unsubscribed", session, name);
}

std::string OkxVenue::ConnectionId(const WsSession& session) const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string id;
    for (std::uint64_t value = session.id() * 0x9E3779B97F4A7C15u; id.size() < 8; value >>= 4) {
        id += kDigits[value & 15];
    }
    return id;
}

// The odd one: other members, other order, blanks.
std::string OkxVenue::Ack(
    const WsSession& session,
    std::string_view event,
    const Json& arg,
    const std::string& id,
    bool odd
) const {
    if (odd) {
        return Concat(
            "{ \"connCount\" : 3,\n \"arg\" : ",
            ArgText(arg, true),
            " , \"code\":\"0\", \"event\" : \"",
            event,
            "\" }"
        );
    }
    return Concat(
        id.empty() ? "{" : Concat("{\"id\":", Json(id).dump(), ","),
        "\"event\":\"",
        event,
        "\",\"arg\":",
        ArgText(arg, false),
        ",\"connId\":\"",
        ConnectionId(session),
        "\"}"
    );
}

boost::asio::awaitable<HttpReply> OkxVenue::OnRequest(const HttpRequest& request) {
    co_return co_await rest_.Handle(request);
}

std::string OkxVenue::LimitExceeded(bool, int) const {
    return Rest::TooManyRequests();
}

std::string OkxVenue::ShutdownNotice(const WsSession& session) const {
    return Concat(
        R"({"event":"notice","code":"64008","msg":"The connection will soon be closed for a )",
        R"(service upgrade. Please reconnect.","connId":")",
        ConnectionId(session),
        "\"}"
    );
}

std::string OkxVenue::StrayError() const {
    return R"({"event":"error","code":"63999","msg":"Internal system error","connId":"a4d3ae55"})";
}

}  // namespace mp::sim::okx
