#pragma once
// Bytes as text that fits into a URL (RFC 4648 section 5, without padding).

#include <optional>
#include <string>
#include <string_view>

namespace mp::storage {

std::string ToBase64Url(std::string_view bytes);
// Nothing for text that ToBase64Url does not write.
std::optional<std::string> FromBase64Url(std::string_view text);

}  // namespace mp::storage
