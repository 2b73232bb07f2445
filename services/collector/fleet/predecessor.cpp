#include "collector/fleet/predecessor.hpp"

#include <fstream>
#include <system_error>

namespace mp::collector {

namespace {

std::filesystem::path NameIn(const std::filesystem::path& folder) {
    return folder / "instance";
}

}  // namespace

bool UsedBefore(const std::filesystem::path& folder) {
    std::error_code ignored;
    return std::filesystem::exists(NameIn(folder), ignored);
}

std::optional<std::string> TakeOverFrom(
    const std::filesystem::path& folder, const std::string& self
) {
    const std::filesystem::path path = NameIn(folder);
    std::string name;
    std::ifstream(path) >> name;
    std::ofstream(path, std::ios::trunc) << self << "\n";
    if (name.empty() || name == self) return std::nullopt;
    return name;
}

}  // namespace mp::collector
