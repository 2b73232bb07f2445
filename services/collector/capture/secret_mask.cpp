#include "collector/capture/secret_mask.hpp"

#include <algorithm>
#include <utility>

namespace mp::collector {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

// Behind the last character of the text whose first one is at `at`; the end where it is not closed.
size_t EndOfText(std::string_view message, size_t at) {
    while (at < message.size() && message[at] != '"') at += message[at] == '\\' ? 2 : 1;
    return std::min(at, message.size());
}

}  // namespace

SecretMask::SecretMask(const std::vector<std::string>& members, std::vector<std::string> texts)
    : texts_(std::move(texts)) {
    names_.reserve(members.size());
    for (const std::string& member : members) names_.push_back('"' + member + '"');
    std::erase(texts_, std::string());
}

std::string_view SecretMask::Of(std::string_view message) {
    any_ = false;
    for (const std::string& name : names_) {
        for (size_t at = 0; (at = message.find(name, at)) != std::string_view::npos;) {
            at += name.size();
            HideValue(message, at);
        }
    }
    for (const std::string& text : texts_) {
        for (size_t at = 0; (at = message.find(text, at)) != std::string_view::npos;) {
            Hide(message, at, at + text.size());
            at += text.size();
        }
    }
    return any_ ? std::string_view(masked_) : message;
}

// The member's value: what stands in its quotes, or all of it up to the next member.
void SecretMask::HideValue(std::string_view message, size_t at) {
    at = std::min(message.find_first_not_of(kBlanks, at), message.size());
    if (at == message.size() || message[at] != ':') return;  // a value that is called like it
    at = std::min(message.find_first_not_of(kBlanks, at + 1), message.size());
    if (at < message.size() && message[at] == '"') {
        return Hide(message, at + 1, EndOfText(message, at + 1));
    }
    if (message.substr(at).starts_with("null")) return;
    Hide(message, at, std::min(message.find_first_of(",}]", at), message.size()));
}

void SecretMask::Hide(std::string_view message, size_t from, size_t to) {
    if (!any_) masked_ = message;
    any_ = true;
    std::fill(
        masked_.begin() + static_cast<std::ptrdiff_t>(from),
        masked_.begin() + static_cast<std::ptrdiff_t>(to),
        'x'
    );
}

SecretMask SecretsOf(const VenueConfig& config, const Venue& venue) {
    if (config.api_key.empty()) return {};
    return {venue.SecretMembers(), {config.api_secret}};
}

}  // namespace mp::collector
