#pragma once
// The cryptography of API keys: randomness, salted hashes, comparison.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.hpp"

namespace mp::auth {

// `bytes` random bytes of the system's generator, in hex.
Result<std::string> RandomHex(size_t bytes);

// SHA-256 of salt and key, in hex.
std::string HashKey(std::string_view salt, std::string_view key);

// In a time that does not depend on where they differ.
bool EqualSecrets(std::string_view a, std::string_view b);

}  // namespace mp::auth
