#include "config/effective.hpp"

#include <algorithm>
#include <string_view>

#include "config/convert.hpp"

namespace mp::config {
namespace {

// "bus.url" -> "bus", "url".
std::vector<std::string> PartsOf(const std::string& path) {
    std::vector<std::string> parts;
    std::string part;
    for (const char c : path) {
        if (c == '.' && !part.empty()) parts.push_back(std::exchange(part, {}));
        if (c != '.') part += c;
    }
    parts.push_back(part);
    return parts;
}

constexpr std::string_view kBetweenUrls = ", \"";

// The user may be seen; what stands there without a colon is a token. A word without a scheme is
// one among URLs, or is only taken for one as "...@host:port".
std::string MaskUrl(std::string word, bool among_urls) {
    const size_t scheme = word.find("://");
    const size_t bare = std::min(word.find_first_not_of('['), word.size());
    const size_t begin = scheme == std::string::npos ? bare : scheme + 3;
    const size_t end = std::min(word.find_first_of("/?#", begin), word.size());
    const std::string_view authority = std::string_view(word).substr(begin, end - begin);
    const size_t at = authority.rfind('@');
    if (at == std::string_view::npos) return word;
    if (!among_urls && authority.find(':', at) == std::string_view::npos) return word;
    const size_t colon = authority.find(':');
    const size_t secret = colon < at ? colon + 1 : 0;
    return word.replace(begin + secret, at - secret, "******");
}

}  // namespace

EffectiveConfig::Entry& EffectiveConfig::Entry::Child(const std::string& child_name) {
    const auto found = std::ranges::find(children, child_name, &Entry::name);
    if (found != children.end()) return *found;
    return children.emplace_back(Entry{child_name, {}, {}, {}});
}

void EffectiveConfig::Entry::Print(int depth, std::string& out) const {
    const std::string indent(static_cast<size_t>(depth) * 2, ' ');
    for (const Entry& child : children) {
        out += indent + Render(child.name) + ":";
        if (child.children.empty()) {
            out += " " + child.value + "  # " + child.origin + "\n";
        } else {
            out += "\n";
            child.Print(depth + 1, out);
        }
    }
}

void EffectiveConfig::Add(const std::string& path, std::string value, std::string origin) {
    Entry* entry = &root_;
    for (const std::string& part : PartsOf(path)) entry = &entry->Child(part);
    entry->value = std::move(value);
    entry->origin = std::move(origin);
}

std::string EffectiveConfig::ToYaml() const {
    std::string out;
    root_.Print(0, out);
    return out;
}

std::string MaskPassword(std::string text) {
    const bool among_urls = text.find("://") != std::string::npos;
    std::string masked;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find_first_of(kBetweenUrls, begin), text.size());
        masked += MaskUrl(text.substr(begin, end - begin), among_urls);
        if (end < text.size()) masked += text[end];
        begin = end + 1;
    }
    return masked;
}

}  // namespace mp::config
