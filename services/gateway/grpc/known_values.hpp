#pragma once
// Which values the enums of a request may have: gRPC takes every number. Pure.

#include <google/protobuf/message.h>

#include "base/status.hpp"

namespace mp::gateway {

// InvalidArgument that names the first field, also of a message inside, whose value no enum of this
// version has: it would else be taken for another one.
Status CheckEnums(const google::protobuf::Message& request);

}  // namespace mp::gateway
