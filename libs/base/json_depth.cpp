#include "base/json_depth.hpp"

namespace mp {

bool NestsDeeperThan(std::string_view json, int levels) noexcept {
    int depth = 0;
    bool in_string = false;
    for (size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (in_string) {
            if (c == '\\') ++at;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > levels) return true;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

}  // namespace mp
