#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mp::sim {

// A request as the handlers see it: target split and percent-decoded.
struct HttpRequest {
    std::string method;
    std::string target;
    std::string path;
    std::vector<std::pair<std::string, std::string>> query;
    std::string body;
    std::string client;  // address, without port

    std::optional<std::string_view> Parameter(std::string_view name) const;
    // Empty, or nothing, where it is missing or no number.
    std::string_view Text(std::string_view name) const { return Parameter(name).value_or(""); }
    std::optional<std::int64_t> Number(std::string_view name) const;
    // How many are asked for: `usual` where nobody says, and no more than `most`.
    std::size_t Count(std::string_view name, std::int64_t usual, std::int64_t most) const;
};

struct HttpReply {
    int status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool hang_up = false;  // close without any answer
};

// Fills path and query from the target.
void SplitTarget(HttpRequest& request);

std::string PercentDecoded(std::string_view text);

}  // namespace mp::sim
