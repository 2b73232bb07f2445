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
    for (size_t scheme = text.find("://"); scheme != std::string::npos;) {
        const size_t begin = scheme + 3;
        const size_t end = std::min(text.find_first_of("/?#, \"]", begin), text.size());
        const std::string_view authority = std::string_view(text).substr(begin, end - begin);
        const size_t at = authority.rfind('@');
        const size_t colon = authority.find(':');
        if (at != std::string_view::npos && colon < at) {
            text.replace(begin + colon + 1, at - colon - 1, "******");
        }
        scheme = text.find("://", begin);
    }
    return text;
}

}  // namespace mp::config
