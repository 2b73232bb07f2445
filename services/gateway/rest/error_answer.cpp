#include "gateway/rest/error_answer.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "gateway/api/parameter.hpp"
#include "reliability/retry_after.hpp"
#include "rows/json_writer.hpp"

namespace mp::gateway {

using rows::JsonWriter;

int HttpStatusOf(const Status& status) {
    switch (status.code()) {
        case StatusCode::kOk:
            return 200;
        case StatusCode::kInvalidArgument:
        case StatusCode::kOutOfRange:
            return 400;
        case StatusCode::kUnauthenticated:
            return 401;
        case StatusCode::kPermissionDenied:
            return 403;
        case StatusCode::kNotFound:
            return 404;
        case StatusCode::kAlreadyExists:
        case StatusCode::kAborted:
        case StatusCode::kFailedPrecondition:
            return 409;
        case StatusCode::kResourceExhausted:
            return 429;
        case StatusCode::kCancelled:
            return 499;
        case StatusCode::kUnimplemented:
            return 501;
        case StatusCode::kUnavailable:
            return 503;
        case StatusCode::kDeadlineExceeded:
            return 504;
        default:
            return 500;
    }
}

std::string_view CodeName(StatusCode code) {
    switch (code) {
        case StatusCode::kOk:
            return "OK";
        case StatusCode::kInvalidArgument:
            return "INVALID_ARGUMENT";
        case StatusCode::kOutOfRange:
            return "OUT_OF_RANGE";
        case StatusCode::kUnauthenticated:
            return "UNAUTHENTICATED";
        case StatusCode::kPermissionDenied:
            return "PERMISSION_DENIED";
        case StatusCode::kNotFound:
            return "NOT_FOUND";
        case StatusCode::kAlreadyExists:
            return "ALREADY_EXISTS";
        case StatusCode::kAborted:
            return "ABORTED";
        case StatusCode::kFailedPrecondition:
            return "FAILED_PRECONDITION";
        case StatusCode::kResourceExhausted:
            return "RESOURCE_EXHAUSTED";
        case StatusCode::kCancelled:
            return "CANCELLED";
        case StatusCode::kUnimplemented:
            return "UNIMPLEMENTED";
        case StatusCode::kUnavailable:
            return "UNAVAILABLE";
        case StatusCode::kDeadlineExceeded:
            return "DEADLINE_EXCEEDED";
        default:
            return "INTERNAL";
    }
}

net::HttpResponse ErrorAnswer(const Status& status) {
    const std::string_view message = MessageOf(status);
    std::string body;
    JsonWriter json(body);
    json.BeginObject();
    json.Key("error");
    json.BeginObject();
    json.Field("code", CodeName(status.code()));
    json.Field("message", message);
    json.Key("details");
    json.BeginObject();
    if (status.code() == StatusCode::kInvalidArgument) {
        const std::string_view parameter = OffendingParameter(status);
        if (!parameter.empty() && parameter.find(' ') == std::string_view::npos) {
            json.Field("parameter", parameter);
        }
    }
    json.EndObject();
    json.EndObject();
    json.EndObject();
    net::HttpResponse response = net::JsonResponse(HttpStatusOf(status), std::move(body));
    if (response.status == 401) response.headers.Set("WWW-Authenticate", "Bearer");
    if (response.status == 429 || response.status == 503) {
        const Duration wait = reliability::RetryAfterOf(status).value_or(std::chrono::seconds{1});
        const int64_t seconds =
            std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
        response.headers.Set("Retry-After", std::to_string(seconds));
    }
    return response;
}

}  // namespace mp::gateway
