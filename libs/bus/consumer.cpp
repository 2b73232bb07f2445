#include "bus/consumer.hpp"

#include <boost/asio/awaitable.hpp>

#include "bus/detail/api.hpp"
#include "bus/detail/cnats.hpp"
#include "bus/detail/connection_impl.hpp"

namespace mp::bus {
namespace {

using detail::Json;

Json ToJson(const ConsumerConfig& config) {
    Json json{
        {"durable_name", config.durable},
        {"deliver_policy", "all"},
        {"ack_policy", "explicit"},
        {"ack_wait", config.ack_wait.count()},
        {"max_deliver", config.max_deliver},
        {"max_ack_pending", config.max_ack_pending},
        {"max_waiting", 512},
        {"replay_policy", "instant"},
    };
    if (!config.filter.empty()) json["filter_subject"] = config.filter;
    if (config.inactive.count() > 0) json["inactive_threshold"] = config.inactive.count();
    if (config.start > 0) {
        json["deliver_policy"] = "by_start_sequence";
        json["opt_start_seq"] = config.start;
    }
    return json;
}

ConsumerInfo InfoFrom(const Json& json) {
    ConsumerInfo info;
    info.ack_floor = detail::NumberAt(json.value("ack_floor", Json::object()), "stream_seq");
    info.delivered = detail::NumberAt(json.value("delivered", Json::object()), "stream_seq");
    info.pending = detail::NumberAt(json, "num_pending");
    info.unacked = detail::NumberAt(json, "num_ack_pending");
    info.waiting = detail::NumberAt(json, "num_waiting");
    info.redelivered = detail::NumberAt(json, "num_redelivered");
    info.created = detail::TimeAt(json, "created");
    return info;
}

std::string Where(const std::string& stream, const std::string& durable) {
    return "consumer " + durable + " of " + stream;
}

Status Answer(Connection& connection, const StreamMessage& message, std::string_view text) {
    const char* reply = natsMsg_GetReply(detail::RawOf(message.message));
    if (reply == nullptr) return absl::InvalidArgumentError("bus: not a delivered message");
    return connection.impl().PublishRaw(reply, nullptr, text, Headers());
}

}  // namespace

runtime::Task<Result<ConsumerInfo>> EnsureConsumer(
    Connection& connection, ConsumerConfig config, Deadline deadline
) {
    Json request{{"stream_name", config.stream}, {"config", ToJson(config)}};
    auto answer = co_await detail::CallApi(
        connection,
        "CONSUMER.DURABLE.CREATE." + config.stream + "." + config.durable,
        std::move(request),
        deadline
    );
    if (!answer.ok()) co_return Annotate(answer.status(), Where(config.stream, config.durable));
    co_return InfoFrom(*answer);
}

runtime::Task<Result<ConsumerInfo>> GetConsumerInfo(
    Connection& connection, std::string stream, std::string durable, Deadline deadline
) {
    auto answer = co_await detail::CallApi(
        connection, "CONSUMER.INFO." + stream + "." + durable, Json(), deadline
    );
    if (!answer.ok()) co_return Annotate(answer.status(), Where(stream, durable));
    co_return InfoFrom(*answer);
}

runtime::Task<Status> DeleteConsumer(
    Connection& connection, std::string stream, std::string durable, Deadline deadline
) {
    auto answer = co_await detail::CallApi(
        connection, "CONSUMER.DELETE." + stream + "." + durable, Json(), deadline
    );
    if (answer.ok() || absl::IsNotFound(answer.status())) co_return OkStatus();
    co_return Annotate(answer.status(), Where(stream, durable));
}

Status Ack(Connection& connection, const StreamMessage& message) {
    return Answer(connection, message, "+ACK");
}

Status Nak(Connection& connection, const StreamMessage& message, std::chrono::nanoseconds delay) {
    if (delay.count() <= 0) return Answer(connection, message, "-NAK");
    return Answer(connection, message, "-NAK {\"delay\": " + std::to_string(delay.count()) + "}");
}

Status Term(Connection& connection, const StreamMessage& message) {
    return Answer(connection, message, "+TERM");
}

Status InProgress(Connection& connection, const StreamMessage& message) {
    return Answer(connection, message, "+WPI");
}

runtime::Task<Status> AckAndWait(
    Connection& connection, const StreamMessage& message, Deadline deadline
) {
    std::string reply(message.message.reply());
    auto answer = co_await connection.Request(std::move(reply), "+ACK", Headers(), deadline);
    co_return answer.status();
}

}  // namespace mp::bus
