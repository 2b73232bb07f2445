#include "bus/detail/servers.hpp"

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <string_view>
#include <vector>

namespace mp::bus::detail {
namespace {

std::string WithoutUser(std::string_view url) {
    const size_t scheme = url.find("://");
    const size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const size_t at = url.rfind('@');
    if (at == std::string_view::npos || at < begin) return std::string(url);
    return std::string(url.substr(0, begin)).append(url.substr(at + 1));
}

}  // namespace

std::string ServersOf(const std::string& urls) {
    std::vector<std::string> servers = absl::StrSplit(urls, ',', absl::SkipWhitespace());
    for (std::string& server : servers) server = WithoutUser(server);
    return absl::StrJoin(servers, ",");
}

}  // namespace mp::bus::detail
