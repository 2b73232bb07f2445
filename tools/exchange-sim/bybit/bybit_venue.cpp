#include "exchange-sim/bybit/bybit_venue.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "exchange-sim/bybit/topic.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::bybit {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;
using Kind = Fault::Kind;

constexpr std::chrono::milliseconds kLook{500};
constexpr std::size_t kSpotTopics = 10;  // a request

// Calls fn(key, raw value) for each member of an object, in its order.
template <typename Fn>
void ForEachMember(std::string_view object, Fn&& fn) {
    std::size_t at = SkipSpace(object, 0);
    while (at < object.size() && object[at] != '}') {
        at = SkipSpace(object, at + 1);
        const std::size_t key_end = SkipValue(object, at);
        if (key_end == std::string_view::npos) return;
        const std::string_view key = object.substr(at, key_end - at);
        const std::size_t colon = SkipSpace(object, key_end);
        const std::size_t value = SkipSpace(object, colon + 1);
        const std::size_t end = SkipValue(object, value);
        if (end == std::string_view::npos) return;
        fn(Unquoted(key), object.substr(value, end - value));
        at = SkipSpace(object, end);
    }
}

}  // namespace

BybitVenue::BybitVenue(
    const Plant& plant, const Instruments& instruments, Source& source, const MarketFeed* feed
)
    : StreamVenue(plant, source, kLook),
      instruments_(instruments),
      rest_(instruments, source, feed, plant.tally) {}

bool BybitVenue::AcceptsSocket(const HttpRequest& request) const {
    return request.path == "/v5/public/spot" || request.path == "/v5/public/linear";
}

bool BybitVenue::AcceptsRequest(const HttpRequest& request) const {
    return request.path.starts_with("/v5/");
}

void BybitVenue::OnOpen(WsSession& session, const HttpRequest& request) {
    session.route = request.path.substr(request.path.rfind('/') + 1);
    const auto patience = 10 * plant_.options.ws.pong_timeout;
    session.keep_alive = [patience](WsSession& each) {
        if (Clock::now() - each.last_received() > patience) each.Cut("client silent");
    };
}

std::string BybitVenue::Ack(
    const WsSession& session, std::string_view op, std::string_view error, const std::string& id
) const {
    const bool spot = session.route == "spot";
    return Concat(
        "{\"success\":",
        error.empty() ? "true" : "false",
        ",\"ret_msg\":\"",
        !error.empty()         ? error
        : spot || op == "ping" ? (op == "ping" ? "pong" : op)
                               : "",
        "\",\"conn_id\":\"d8bu1olkndm7crnfs1e0-",
        session.id(),
        "\"",
        id.empty() && (spot || op == "ping") ? "" : Concat(",\"req_id\":\"", id, "\""),
        ",\"op\":\"",
        op,
        "\"}"
    );
}

void BybitVenue::OnText(WsSession& session, std::string_view text) {
    const Json request = Json::parse(text, nullptr, false);
    const std::string op = TextOf(request, "op");
    const std::string id = TextOf(request, "req_id");
    if (op == "ping") {
        if (TakeNoPong()) return;
        return session.SendText(Ack(session, op, "", id));
    }
    std::vector<std::string> topics;
    const auto args = request.is_object() ? request.find("args") : request.end();
    if (request.is_object() && args != request.end() && args->is_array()) {
        for (const Json& topic : *args) {
            if (topic.is_string()) topics.push_back(topic.get<std::string>());
        }
    }
    if (op == "subscribe") return Subscribe(session, topics, id);
    if (op != "unsubscribe") {
        return session.SendText(Ack(session, op, "error:request not supported", id));
    }
    Unsubscribe(session, topics);
    session.SendText(Ack(session, op, "", id));
}

std::string BybitVenue::StreamOf(const WsSession& session, std::string_view name) const {
    const auto topic = ParseTopic(name);
    if (!topic || !instruments_.Find(Qualified(session.route, topic->symbol))) return "";
    return Qualified(session.route, name);
}

// All or nothing.
void BybitVenue::Subscribe(
    WsSession& session, const std::vector<std::string>& topics, const std::string& id
) {
    const auto refuse = [&](std::string_view why) {
        session.SendText(Ack(session, "subscribe", why, id));
    };
    if (session.route == "spot" && topics.size() > kSpotTopics) return refuse("args size >10");
    for (const std::string& topic : topics) {
        if (StreamOf(session, topic).empty()) {
            return refuse(Concat("error:handler not found,topic:", topic));
        }
    }
    const auto fault = TakeFault(Kind::kAck, "");
    if (fault && fault->variant == "refused") return refuse("error:simulated refusal");
    const auto ack = [&](bool odd) {
        if (!odd) return session.SendText(Ack(session, "subscribe", "", id));
        session.SendText(Concat(
            "{ \"type\" : \"COMMAND_RESP\", \"op\":\"subscribe\",\n \"req_id\" : \"",
            id,
            "\" , \"data\" : { \"failTopics\" : [], \"successTopics\": [] }, \"success\" : true }"
        ));
    };
    std::vector<std::string> names;
    Acknowledge(fault, ack, [&] {
        for (const std::string& topic : topics) {
            names.push_back(StreamOf(session, topic));
            Attach(session, names.back(), BarMillis(ParseTopic(topic)->interval));
        }
    });
    Note("subscribed", session, Join(names, " "));
}

void BybitVenue::Unsubscribe(WsSession& session, const std::vector<std::string>& topics) {
    std::vector<std::string> names;
    for (const std::string& topic : topics) {
        const std::string name = StreamOf(session, topic);
        if (!name.empty() && Detach(session, name)) names.push_back(name);
    }
    Note("unsubscribed", session, Join(names, " "));
}

void BybitVenue::SendFirst(WsSession& session, std::uint32_t stream) {
    StreamVenue::SendFirst(session, stream);
    if (Plain(plant_.hub.Name(stream)).starts_with("tickers.")) SendTicker(stream, session);
}

void BybitVenue::SendTicker(std::uint32_t stream, WsSession& session) const {
    const Replay* replay = source_.replay();
    if (replay == nullptr) return;
    std::vector<std::pair<std::string_view, std::string_view>> figures;
    std::string_view last;
    std::string_view symbol;
    for (const Frame& frame : replay->Sent(FrameKind::kTicker, plant_.hub.Symbol(stream))) {
        last = frame.payload();
        symbol = frame.symbol;
        if (FindString(last, "type") == "snapshot") figures.clear();
        ForEachMember(FindValue(last, "data"), [&](std::string_view key, std::string_view value) {
            const auto known =
                std::ranges::find(figures, key, [](const auto& f) { return f.first; });
            if (known == figures.end()) {
                figures.emplace_back(key, value);
            } else {
                known->second = value;
            }
        });
    }
    if (figures.empty()) return;
    std::string text =
        Concat("{\"topic\":\"", Plain(plant_.hub.Name(stream)), "\",\"type\":\"snapshot\"");
    text += Concat(",\"ts\":", FindValue(last, "ts"), ",\"data\":{");
    for (const auto& [key, value] : figures) {
        text += Concat(text.back() == '{' ? "" : ",", "\"", key, "\":", value);
    }
    text += "}}";
    Frame frame;
    frame.stream = stream;
    frame.kind = FrameKind::kTicker;
    frame.stream_name = plant_.hub.Name(stream);
    frame.symbol = symbol;
    frame.wrapped = text;
    frame.payload_size = static_cast<std::uint32_t>(text.size());
    plant_.outlet.SendTo(session, frame);
}

boost::asio::awaitable<HttpReply> BybitVenue::OnRequest(const HttpRequest& request) {
    co_return co_await rest_.Handle(request);
}

std::string BybitVenue::LimitExceeded(bool, int) const {
    return Rest::TooManyVisits();
}

std::string BybitVenue::StrayError() const {
    return R"({"success":false,"ret_msg":"error:internal","conn_id":"d8bu1olkndm7crnfs1e0","op":""})";
}

}  // namespace mp::sim::bybit
