#pragma once
// Brokers as they may be shown to people.

#include <string>

namespace mp::bus::detail {

// A URL of brokers, or several that commas separate, without users and passwords.
std::string ServersOf(const std::string& urls);

}  // namespace mp::bus::detail
