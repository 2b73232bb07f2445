#pragma once
// By what a repeat of an event is known in RecentIdentities: its place in the series and its
// identity, as a store does. Where the place is our receive time, by the identity alone.

#include <cstdint>
#include <string_view>

#include "base/hash.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {

// `salt`: of the series.
inline uint64_t RepeatHash(
    const wire::EventKey& key, std::string_view identity, uint64_t salt
) noexcept {
    const Nanos place = key.found_by_identity ? 0 : key.order_ts;
    return Fnv1a(identity, salt ^ (static_cast<uint64_t>(place) * 0x9e3779b97f4a7c15ull));
}

}  // namespace mp::gateway
