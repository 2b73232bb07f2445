#include "bus/detail/cnats.hpp"

#include <cstdlib>
#include <string>

namespace mp::bus::detail {
namespace {

StatusCode CodeOf(natsStatus status) {
    switch (status) {
        case NATS_OK:
            return StatusCode::kOk;
        case NATS_IO_ERROR:
        case NATS_CONNECTION_CLOSED:
        case NATS_CONNECTION_DISCONNECTED:
        case NATS_NO_SERVER:
        case NATS_STALE_CONNECTION:
        case NATS_NOT_YET_CONNECTED:
        case NATS_INSUFFICIENT_BUFFER:
        case NATS_DRAINING:
        case NATS_SYS_ERROR:
        case NATS_SSL_ERROR:
        case NATS_PROTOCOL_ERROR:
            return StatusCode::kUnavailable;
        case NATS_CONNECTION_AUTH_FAILED:
        case NATS_NOT_PERMITTED:
            return StatusCode::kPermissionDenied;
        case NATS_TIMEOUT:
            return StatusCode::kDeadlineExceeded;
        case NATS_NOT_FOUND:
        case NATS_NO_RESPONDERS:
            return StatusCode::kNotFound;
        case NATS_ADDRESS_MISSING:
        case NATS_INVALID_SUBJECT:
        case NATS_INVALID_ARG:
        case NATS_INVALID_TIMEOUT:
        case NATS_MAX_PAYLOAD:
            return StatusCode::kInvalidArgument;
        case NATS_SECURE_CONNECTION_WANTED:
        case NATS_SECURE_CONNECTION_REQUIRED:
            return StatusCode::kFailedPrecondition;  // a broker may still be changed
        case NATS_NO_MEMORY:
            return StatusCode::kResourceExhausted;
        default:
            return StatusCode::kInternal;
    }
}

}  // namespace

Status FromNats(natsStatus status, std::string_view what) {
    if (status == NATS_OK) return OkStatus();
    return Status(CodeOf(status), std::string(what) + ": " + natsStatus_GetText(status));
}

int StatusCodeOf(const Message& message) {
    const char* value = nullptr;
    if (natsMsgHeader_Get(RawOf(message), "Status", &value) != NATS_OK) return 0;
    return std::atoi(value);
}

}  // namespace mp::bus::detail
