#include "bus/detail/pull_request.hpp"

#include "bus/detail/cnats.hpp"

namespace mp::bus::detail {

std::string ToJsonText(const PullRequest& request) {
    std::string text = "{\"batch\":" + std::to_string(request.batch);
    if (request.expires.count() == 0) return text + ",\"no_wait\":true}";
    text += ",\"expires\":" + std::to_string(request.expires.count());
    if (request.heartbeat.count() > 0) {
        text += ",\"idle_heartbeat\":" + std::to_string(request.heartbeat.count());
    }
    return text + "}";
}

std::string PullSubject(const std::string& stream, const std::string& durable) {
    return "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + durable;
}

PullStatus ReadPullStatus(const Message& message) {
    const int code = StatusCodeOf(message);
    if (code == 100) return PullStatus::kAlive;
    if (code == 503) return PullStatus::kNoConsumer;
    const auto description = message.header("Description");
    if (code == 409 && description && description->find("Deleted") != std::string_view::npos) {
        return PullStatus::kNoConsumer;
    }
    return PullStatus::kOver;
}

}  // namespace mp::bus::detail
