#pragma once
// What a caller may do. Each role includes the ones before it.

#include <cstdint>
#include <string_view>

#include "base/status.hpp"

namespace mp::auth {

enum class Role : uint8_t {
    kReader,    // asks and subscribes
    kOperator,  // also runs jobs and tasks, adds instruments
    kAdmin,     // everything
};

std::string_view ToString(Role role);  // "reader" "operator" "admin"
Result<Role> ParseRole(std::string_view name);

inline bool Allows(Role held, Role needed) {
    return held >= needed;
}

}  // namespace mp::auth
