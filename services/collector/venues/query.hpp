#pragma once
// Values inside the query of a URL.

#include <string>
#include <string_view>

namespace mp::collector {

// Everything but letters, digits and what stands in `kept` as "%20".
std::string Escaped(std::string_view text, std::string_view kept = "");

}  // namespace mp::collector
