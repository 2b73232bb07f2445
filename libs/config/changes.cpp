#include "config/changes.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace mp::config {
namespace {

bool Matches(std::string_view pattern, std::string_view text) {
    const size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == text;
    if (!text.starts_with(pattern.substr(0, star))) return false;
    const std::string_view rest = pattern.substr(star + 1);
    for (size_t begin = star; begin <= text.size(); ++begin) {
        if (Matches(rest, text.substr(begin))) return true;
    }
    return false;
}

// The keys of `some` that `others` has not, or otherwise.
void AddDifferent(const Values& some, const Values& others, std::set<std::string>& keys) {
    for (const auto& [key, value] : some) {
        const auto other = others.find(key);
        if (other == others.end() || other->second != value) keys.insert(key);
    }
}

}  // namespace

std::vector<std::string> ChangedKeys(
    const Values& before, const Values& now, std::span<const std::string> taken
) {
    std::set<std::string> changed;
    AddDifferent(before, now, changed);
    AddDifferent(now, before, changed);
    std::erase_if(changed, [&](const std::string& key) {
        return std::ranges::any_of(taken, [&](const std::string& pattern) {
            return Matches(pattern, key);
        });
    });
    return {changed.begin(), changed.end()};
}

}  // namespace mp::config
