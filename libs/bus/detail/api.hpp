#pragma once
// JetStream's own interface: JSON requests to $JS.API subjects.

#include <string>

#include <nlohmann/json.hpp>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "bus/connection.hpp"
#include "bus/message.hpp"
#include "bus/publisher.hpp"
#include "runtime/task.hpp"

namespace mp::bus::detail {

using Json = nlohmann::json;

// Sends `request` (nothing where it is null) to "$JS.API." + call. Errors of the broker come back
// under the code that fits; Unavailable also where JetStream does not answer (not started yet).
runtime::Task<Result<Json>> CallApi(
    Connection& connection, std::string call, Json request, Deadline deadline
);

// An "error" object of the broker.
Status ErrorOf(const Json& error);

// The acknowledgement of a publish.
Result<PublishAck> ParseAck(std::string_view payload);

// The text of a field, or "".
std::string TextAt(const Json& object, const char* key);
uint64_t NumberAt(const Json& object, const char* key);
int64_t SignedAt(const Json& object, const char* key, int64_t otherwise = 0);
Nanos TimeAt(const Json& object, const char* key);

}  // namespace mp::bus::detail
