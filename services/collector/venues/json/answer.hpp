#pragma once
// Single texts out of answers to REST requests.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace mp::collector::json {

// The text under these keys, one inside the other; empty where there is none, or no JSON at all.
std::string TextAt(std::string_view body, std::initializer_list<const char*> keys);

// The integer there; absent where there is none.
std::optional<int64_t> NumberAt(std::string_view body, std::initializer_list<const char*> keys);

}  // namespace mp::collector::json
