#pragma once
// JSON as mpctl handles it: members stay in their order.

#include <string>

#include <nlohmann/json.hpp>

namespace mp::mpctl {

using Json = nlohmann::ordered_json;

// A member as text for a cell: texts as they are, numbers with all their digits, yes and no; "-"
// where it is absent or null.
std::string TextOf(const Json& object, const char* name);

// A text member; empty where it is absent or no text.
std::string StringOf(const Json& object, const char* name);

}  // namespace mp::mpctl
