#pragma once
// Which members a JSON object of a client may have. Pure.

#include <initializer_list>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/status.hpp"

namespace mp::gateway {

// InvalidArgument that names the first member which is not `known`: a name that is misspelt would
// else be a wish that nobody hears.
Status CheckMembers(const nlohmann::json& object, std::initializer_list<std::string_view> known);

}  // namespace mp::gateway
