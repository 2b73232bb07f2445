#pragma once
// A Status as the API's error answer.

#include <string_view>

#include "base/status.hpp"
#include "net/http_message.hpp"

namespace mp::gateway {

// {"error":{"code":"INVALID_ARGUMENT","message":...,"details":{"parameter":...}}} with the HTTP
// status that fits: 400 (details name the parameter), 401, 403, 404, 409, 429, 499, 500, 503, 504.
// 429 and 503 carry Retry-After.
net::HttpResponse ErrorAnswer(const Status& status);

int HttpStatusOf(const Status& status);
// "INVALID_ARGUMENT", "NOT_FOUND", ...
std::string_view CodeName(StatusCode code);

}  // namespace mp::gateway
