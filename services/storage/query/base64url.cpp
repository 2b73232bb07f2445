#include "storage/query/base64url.hpp"

#include <absl/strings/escaping.h>

namespace mp::storage {

std::string ToBase64Url(std::string_view bytes) {
    return absl::WebSafeBase64Escape({bytes.data(), bytes.size()});
}

std::optional<std::string> FromBase64Url(std::string_view text) {
    std::string bytes;
    if (!absl::WebSafeBase64Unescape({text.data(), text.size()}, &bytes)) return std::nullopt;
    if (ToBase64Url(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace mp::storage
