#include "auth/role.hpp"

#include <string>

namespace mp::auth {

std::string_view ToString(Role role) {
    switch (role) {
        case Role::kReader:
            return "reader";
        case Role::kOperator:
            return "operator";
        case Role::kAdmin:
            return "admin";
    }
    return "unknown";
}

Result<Role> ParseRole(std::string_view name) {
    for (const Role role : {Role::kReader, Role::kOperator, Role::kAdmin}) {
        if (name == ToString(role)) return role;
    }
    return absl::InvalidArgumentError(
        "'" + std::string(name) + "' is no role: reader, operator or admin"
    );
}

}  // namespace mp::auth
