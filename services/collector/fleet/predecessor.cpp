#include "collector/fleet/predecessor.hpp"

#include <fstream>

namespace mp::collector {

std::optional<std::string> TakeOverFrom(
    const std::filesystem::path& folder, const std::string& self
) {
    const std::filesystem::path path = folder / "instance";
    std::string name;
    std::ifstream(path) >> name;
    std::ofstream(path, std::ios::trunc) << self << "\n";
    if (name.empty() || name == self) return std::nullopt;
    return name;
}

}  // namespace mp::collector
