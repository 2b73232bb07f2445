#include "bus/detail/api.hpp"

#include <charconv>

#include "base/time.hpp"

namespace mp::bus::detail {
namespace {

// The broker's numbers for its errors.
enum ErrorNumber : int {
    kMessageTooLarge = 10054,
    kConsumerNotFound = 10014,
    kInsufficientResources = 10023,
    kNoPeers =
        10005,  // fewer brokers than replicas are wanted: a cluster that still comes together
    kMessageNotFound = 10037,
    kStorageExceeded = 10047,
    kStreamNameInUse = 10058,
    kStreamNotFound = 10059,
    kWrongLastSequence = 10071,
    kStreamStoreFailed = 10077,  // full, or its disk is
    kMaximumConsumers = 10026,
    kMemoryExceeded = 10028,
    kWrongLastMessageId = 10070,
};

StatusCode CodeOf(int number, int http_code) {
    switch (number) {
        case kMessageTooLarge:
            return StatusCode::kInvalidArgument;
        case kStreamNotFound:
        case kConsumerNotFound:
        case kMessageNotFound:
            return StatusCode::kNotFound;
        case kInsufficientResources:
        case kStorageExceeded:
        case kStreamStoreFailed:
        case kMaximumConsumers:
        case kMemoryExceeded:
            return StatusCode::kResourceExhausted;
        case kNoPeers:
            return StatusCode::kUnavailable;
        case kStreamNameInUse:
            return StatusCode::kAlreadyExists;
        case kWrongLastSequence:
        case kWrongLastMessageId:
            return StatusCode::kAborted;
        default:
            break;
    }
    if (http_code == 503) return StatusCode::kUnavailable;
    if (http_code == 404) return StatusCode::kNotFound;
    if (http_code == 400) return StatusCode::kFailedPrecondition;
    return StatusCode::kInternal;
}

}  // namespace

std::string TextAt(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

uint64_t NumberAt(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<uint64_t>() : 0;
}

int64_t SignedAt(const Json& object, const char* key, int64_t otherwise) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<int64_t>() : otherwise;
}

Nanos TimeAt(const Json& object, const char* key) {
    return ParseTime(TextAt(object, key)).value_or(0);
}

Status ErrorOf(const Json& error) {
    const int number = static_cast<int>(SignedAt(error, "err_code"));
    const int http_code = static_cast<int>(SignedAt(error, "code"));
    return Status(
        CodeOf(number, http_code),
        "broker: " + TextAt(error, "description") + " (" + std::to_string(number) + ")"
    );
}

runtime::Task<Result<Json>> CallApi(
    Connection& connection, std::string call, Json request, Deadline deadline
) {
    std::string body = request.is_null() ? std::string() : request.dump();
    auto answer =
        co_await connection.Request("$JS.API." + call, std::move(body), Headers(), deadline);
    if (!answer.ok()) {
        if (absl::IsNotFound(answer.status())) {
            co_return absl::UnavailableError("broker: JetStream does not answer " + call);
        }
        co_return answer.status();
    }
    Json json = Json::parse(answer->payload(), nullptr, false);
    if (!json.is_object()) co_return absl::InternalError("broker: unreadable answer to " + call);
    if (const auto error = json.find("error"); error != json.end()) co_return ErrorOf(*error);
    co_return json;
}

Result<PublishAck> ParseAck(std::string_view payload) {
    // {"stream":"MARKET_DATA","seq":4711} is nearly all of them.
    static constexpr std::string_view kSequence = "\"seq\":";
    static constexpr std::string_view kError = "{\"error\"";
    const size_t at = payload.find(kSequence);
    if (at == std::string_view::npos || payload.starts_with(kError)) {
        const Json json = Json::parse(payload, nullptr, false);
        if (json.is_object() && json.contains("error")) return ErrorOf(json["error"]);
        return absl::InternalError("broker: unreadable acknowledgement");
    }
    PublishAck ack;
    const char* const digits = payload.data() + at + kSequence.size();
    std::from_chars(digits, payload.data() + payload.size(), ack.sequence);
    ack.duplicate = payload.find("\"duplicate\":true", at) != std::string_view::npos ||
                    payload.find("\"duplicate\": true", at) != std::string_view::npos;
    return ack;
}

}  // namespace mp::bus::detail
