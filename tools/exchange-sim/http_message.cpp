#include "exchange-sim/http_message.hpp"

#include <algorithm>

#include "exchange-sim/text.hpp"

namespace mp::sim {

std::optional<std::string_view> HttpRequest::Parameter(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) return value;
    }
    return std::nullopt;
}

std::optional<std::int64_t> HttpRequest::Number(std::string_view name) const {
    return ParseNumber<std::int64_t>(Text(name));
}

std::size_t HttpRequest::Count(std::string_view name, std::int64_t usual, std::int64_t most) const {
    const std::int64_t asked = Number(name).value_or(usual);
    return static_cast<std::size_t>(std::clamp<std::int64_t>(asked, 1, most));
}

std::string PercentDecoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        unsigned char byte = 0;
        const std::string_view hex = text.substr(at + 1, 2);
        if (text[at] == '%' && hex.size() == 2 &&
            std::from_chars(hex.data(), hex.data() + 2, byte, 16).ptr == hex.data() + 2) {
            out += static_cast<char>(byte);
            at += 2;
        } else {
            out += text[at] == '+' ? ' ' : text[at];
        }
    }
    return out;
}

void SplitTarget(HttpRequest& request) {
    const std::string_view target = request.target;
    const std::size_t mark = target.find('?');
    request.path = PercentDecoded(target.substr(0, mark));
    if (mark == std::string_view::npos) return;
    for (const std::string_view part : Split(target.substr(mark + 1), '&')) {
        const auto pair = SplitAssignment(part);
        request.query.emplace_back(PercentDecoded(pair.first), PercentDecoded(pair.second));
    }
}

}  // namespace mp::sim
