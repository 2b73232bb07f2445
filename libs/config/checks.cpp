#include "config/checks.hpp"

namespace mp::config {
namespace {

std::string Join(const std::vector<std::string>& texts) {
    std::string joined;
    for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
    return joined;
}

}  // namespace

std::optional<std::string> OneOf::operator()(const std::string& value) const {
    if (std::ranges::find(allowed_, value) != allowed_.end()) return std::nullopt;
    return "must be one of " + Join(allowed_) + ", got " + Render(value);
}

std::optional<std::string> OneOf::operator()(const std::vector<std::string>& values) const {
    for (const std::string& value : values) {
        if (auto wrong = (*this)(value)) return wrong;
    }
    return std::nullopt;
}

std::optional<std::string> Url::operator()(const std::string& value) const {
    const size_t colon = value.find("://");
    const bool has_scheme = colon != std::string::npos &&
                            std::ranges::find(schemes_, value.substr(0, colon)) != schemes_.end();
    if (has_scheme && value.size() > colon + 3) return std::nullopt;
    return "must be a URL starting with " + Join(schemes_) + " and ://";
}

}  // namespace mp::config
