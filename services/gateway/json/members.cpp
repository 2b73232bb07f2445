#include "gateway/json/members.hpp"

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

namespace mp::gateway {

Status CheckMembers(const nlohmann::json& object, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : object.items()) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        std::string there;
        for (const std::string_view one : known)
            there.append(there.empty() ? "" : ", ").append(one);
        return absl::InvalidArgumentError(name + ": is not known here; there are " + there);
    }
    return OkStatus();
}

}  // namespace mp::gateway
