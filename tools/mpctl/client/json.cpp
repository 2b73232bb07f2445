#include "mpctl/client/json.hpp"

namespace mp::mpctl {

std::string TextOf(const Json& object, const char* name) {
    const auto member = object.find(name);
    if (member == object.end() || member->is_null()) return "-";
    if (member->is_string()) return member->get<std::string>();
    if (member->is_boolean()) return member->get<bool>() ? "yes" : "no";
    return member->dump();
}

std::string StringOf(const Json& object, const char* name) {
    const auto member = object.find(name);
    return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

}  // namespace mp::mpctl
