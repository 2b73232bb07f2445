#pragma once
// The secret that resume tokens are signed with. It outlives the process, so that tokens do.

#include <string>

#include "base/status.hpp"

namespace mp::gateway {

// Reads the key file, or makes one of 32 random bytes (mode 0600). The error names the file and
// what to do. Several gateways share one key by configuration (live.token_secret) or by sharing the
// file.
Result<std::string> LoadOrMakeTokenKey(const std::string& path);

}  // namespace mp::gateway
