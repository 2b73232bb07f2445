#include "reliability/key_value.hpp"

#include <absl/strings/escaping.h>

namespace mp::reliability {
namespace {

bool IsTokenChar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '=' || c == '/';
}

}  // namespace

Status CheckKey(std::string_view key) {
    bool token_begins = true;
    for (const char c : key) {
        if (c == '.' ? token_begins : !IsTokenChar(c)) {
            return absl::InvalidArgumentError(
                "bad key \"" + absl::CHexEscape(std::string(key)) + "\""
            );
        }
        token_begins = c == '.';
    }
    return token_begins ? absl::InvalidArgumentError("a key has an empty token") : OkStatus();
}

bool KeyHasPrefix(std::string_view key, std::string_view prefix) {
    if (prefix.empty()) return true;
    if (!key.starts_with(prefix)) return false;
    return key.size() == prefix.size() || key[prefix.size()] == '.';
}

std::string KeyToken(std::string_view text) {
    return text.empty() ? std::string("_") : absl::WebSafeBase64Escape(std::string(text));
}

}  // namespace mp::reliability
