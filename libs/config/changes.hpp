#pragma once
// What two readings of a configuration differ in.

#include <map>
#include <span>
#include <string>
#include <vector>

namespace mp::config {

// By key path, as text; a secret only as a hash.
using Values = std::map<std::string, std::string>;

// The keys that are other now, new or gone, except those that one of `taken` names: a key path in
// which each * stands for any text ("venues.*.symbols").
std::vector<std::string> ChangedKeys(
    const Values& before, const Values& now, std::span<const std::string> taken
);

}  // namespace mp::config
