#pragma once
// FNV-1a 64: the hash that subjects' shards and content identities are defined by. Not for hash
// tables that an attacker can feed.

#include <cstdint>
#include <string_view>

namespace mp {

inline constexpr uint64_t kFnvOffset = 14695981039346656037ull;

constexpr uint64_t Fnv1a(std::string_view bytes, uint64_t seed = kFnvOffset) noexcept {
    uint64_t hash = seed;
    for (const char c : bytes) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211ull;
    }
    return hash;
}

}  // namespace mp
