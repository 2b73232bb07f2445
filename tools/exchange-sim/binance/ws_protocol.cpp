#include "exchange-sim/binance/ws_protocol.hpp"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::binance {
namespace {

using Json = nlohmann::json;

std::string Error(int code, std::string_view message, const std::string& id = "") {
    std::string out = Concat("{\"error\":{\"code\":", code, ",\"msg\":\"");
    AppendEscaped(out, message);
    out += Concat("\"}", id.empty() ? "" : ",\"id\":", id, "}");
    return out;
}

std::string Result(std::string_view result, const std::string& id) {
    return Concat("{\"result\":", result, ",\"id\":", id, "}");
}

// Unsigned integer, text of at most 36 characters, or null.
bool IsRequestId(const Json& id) {
    return id.is_number_unsigned() || id.is_null() ||
           (id.is_string() && id.get_ref<const std::string&>().size() <= 36);
}

}  // namespace

struct WsProtocol::Request {
    std::string method;
    std::string id = "null";  // as JSON
    Json params;
    std::vector<std::string> names;  // params, where they are texts
};

std::string WsProtocol::Handle(WsSession& session, std::string_view text) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return Error(3, "Invalid JSON: expected value at line 1 column 1");
    if (!json.is_object()) return Error(2, "Invalid request: expected an object");
    Request request;
    if (const auto id = json.find("id"); id != json.end()) {
        if (!IsRequestId(*id)) {
            return Error(2, "Invalid request: request ID must be an unsigned integer");
        }
        request.id = id->dump();
    }
    const auto method = json.find("method");
    if (method == json.end() || !method->is_string()) {
        return Error(
            2,
            Concat("Invalid request: missing field `method` at line 1 column ", text.size()),
            request.id
        );
    }
    request.method = method->get<std::string>();
    if (const auto params = json.find("params"); params != json.end()) request.params = *params;
    if (request.params.is_array()) {
        for (const Json& name : request.params) {
            if (name.is_string()) request.names.push_back(name.get<std::string>());
        }
    }
    if (request.method == "SUBSCRIBE") return Subscribe(session, request);
    if (request.method == "UNSUBSCRIBE") return Unsubscribe(session, request);
    if (request.method == "LIST_SUBSCRIPTIONS") return List(session, request);
    if (request.method == "SET_PROPERTY") return SetProperty(session, request);
    if (request.method == "GET_PROPERTY") return GetProperty(session, request);
    return Error(
        2,
        Concat(
            "Invalid request: unknown variant `",
            request.method,
            "`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, "
            "`GET_PROPERTY` at line 1 column ",
            text.find(request.method) + request.method.size() + 1
        ),
        request.id
    );
}

bool WsProtocol::Subscribe(WsSession& session, std::string_view name) {
    const auto parsed = StreamName::Parse(name);
    if (!parsed || session.streams.size() >= kMaxStreams) return false;
    if (!Serves(market_, session.route, parsed->channel)) return true;
    const std::uint32_t stream = StreamOf(name);
    if (hub_.Subscribe(stream, session)) session.streams.push_back(stream);
    if (on_subscribed_) on_subscribed_(*parsed);
    return true;
}

std::string WsProtocol::Subscribe(WsSession& session, const Request& request) {
    if (!request.params.is_array() || request.names.size() != request.params.size()) {
        return Error(2, "Invalid request: params must be an array of strings", request.id);
    }
    // All or nothing: a request with one bad name changes nothing.
    for (const std::string& name : request.names) {
        if (!StreamName::Parse(name)) {
            return Error(2, "Invalid request: invalid stream", request.id);
        }
    }
    if (session.streams.size() + request.names.size() > kMaxStreams) {
        return Error(2, "Invalid request: too many subscriptions", request.id);
    }
    // The ack goes first; the collector must cope with data before it all the same.
    const std::string ack = Result("null", request.id);
    session.SendText(ack);
    for (const std::string& name : request.names) Subscribe(session, name);
    Note("subscribed", session, request.names);
    return "";
}

std::string WsProtocol::Unsubscribe(WsSession& session, const Request& request) {
    if (!request.params.is_array() || request.names.size() != request.params.size()) {
        return Error(2, "Invalid request: params must be an array of strings", request.id);
    }
    for (const std::string& name : request.names) {
        const std::uint32_t stream = StreamOf(name);
        hub_.Unsubscribe(stream, session);
        std::erase(session.streams, stream);
    }
    Note("unsubscribed", session, request.names);
    return Result("null", request.id);
}

void WsProtocol::Note(
    const char* what, const WsSession& session, const std::vector<std::string>& names
) {
    std::string streams;
    for (const std::string& name : names) {
        streams += Concat(streams.empty() ? "" : " ", prefix_, name);
    }
    std::string members = ",\"streams\":\"";
    AppendEscaped(members, streams);
    members += '"';
    log_.Connection(what, session.id(), members);
}

std::string WsProtocol::List(const WsSession& session, const Request& request) const {
    Json names = Json::array();
    for (const std::uint32_t stream : session.streams) {
        names.push_back(hub_.Name(stream).substr(prefix_.size()));
    }
    return Result(names.dump(), request.id);
}

std::string WsProtocol::SetProperty(WsSession& session, const Request& request) const {
    if (!request.params.is_array() || request.params.size() != 2) {
        return Error(2, "Invalid request: too many parameters", request.id);
    }
    if (!request.params[0].is_string()) {
        return Error(2, "Invalid request: property name must be a string", request.id);
    }
    if (request.params[0] != "combined") return Error(0, "Unknown property", request.id);
    if (!request.params[1].is_boolean()) {
        return Error(1, "Invalid value type: expected Boolean", request.id);
    }
    session.wrapped = request.params[1].get<bool>();
    return Result("null", request.id);
}

std::string WsProtocol::GetProperty(const WsSession& session, const Request& request) const {
    if (!request.params.is_array() || request.params.size() != 1) {
        return Error(2, "Invalid request: too many parameters", request.id);
    }
    if (!request.params[0].is_string()) {
        return Error(2, "Invalid request: property name must be a string", request.id);
    }
    if (request.params[0] != "combined") return Error(0, "Unknown property", request.id);
    return Result(session.wrapped ? "true" : "false", request.id);
}

}  // namespace mp::sim::binance
