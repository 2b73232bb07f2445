#include "exchange-sim/hub.hpp"

#include <algorithm>

namespace mp::sim {

std::uint32_t Hub::StreamOf(std::string_view name) {
    const auto known = by_name_.find(name);
    if (known != by_name_.end()) return known->second;
    const std::uint32_t index = size();
    streams_.push_back({std::string(name), {}, {}, 0});
    by_name_.emplace(streams_.back().name, index);
    return index;
}

bool Hub::Subscribe(std::uint32_t stream, WsSession& session) {
    auto& subscribers = streams_[stream].subscribers;
    if (std::ranges::find(subscribers, &session) != subscribers.end()) return false;
    subscribers.push_back(&session);
    ++subscriptions_;
    Changed();
    return true;
}

bool Hub::Unsubscribe(std::uint32_t stream, WsSession& session) {
    if (std::erase(streams_[stream].subscribers, &session) == 0) return false;
    --subscriptions_;
    Changed();
    return true;
}

void Hub::Drop(WsSession& session) {
    std::size_t removed = 0;
    for (Stream& stream : streams_) removed += std::erase(stream.subscribers, &session);
    subscriptions_ -= removed;
    if (removed > 0) Changed();
}

void Hub::Changed() {
    for (const auto& callback : on_change_) callback();
}

}  // namespace mp::sim
