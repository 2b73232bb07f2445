#include "exchange-sim/stream_venue.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "exchange-sim/text.hpp"

namespace mp::sim {

WsLimits StreamVenue::LimitsOf(const WsLimits& asked) const {
    WsLimits limits = asked;
    limits.ping_interval = std::min(asked.ping_interval, look_);
    limits.messages_per_second = 1000;
    return limits;
}

void StreamVenue::Attach(WsSession& session, const std::string& name, std::int64_t bar_ms) {
    if (bar_ms > 0 && source_.market() != nullptr) source_.market()->TrackCandles(bar_ms);
    const std::uint32_t stream = plant_.hub.StreamOf(name);
    if (std::ranges::find(session.streams, stream) != session.streams.end()) return;
    SendFirst(session, stream);
    if (plant_.hub.Subscribe(stream, session)) session.streams.push_back(stream);
}

bool StreamVenue::Detach(WsSession& session, const std::string& name) {
    const std::uint32_t stream = plant_.hub.StreamOf(name);
    std::erase(session.streams, stream);
    return plant_.hub.Unsubscribe(stream, session);
}

void StreamVenue::Note(std::string_view what, const WsSession& session, std::string_view streams)
    const {
    plant_.log.Connection(what, session.id(), Concat(",\"streams\":\"", streams, "\""));
}

std::string TextOf(const nlohmann::json& value, const char* key) {
    if (!value.is_object()) return "";
    const auto member = value.find(key);
    return member != value.end() && member->is_string() ? member->get<std::string>() : "";
}

}  // namespace mp::sim
