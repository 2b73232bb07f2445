#include "net/url.hpp"

#include <algorithm>

#include "net/text.hpp"

namespace mp::net {
namespace {

Status Bad(std::string_view text, std::string_view what) {
    return absl::InvalidArgumentError(Text("URL \"", text, "\": ", what));
}

uint16_t DefaultPort(std::string_view scheme) {
    if (scheme == "http" || scheme == "ws") return 80;
    if (scheme == "https" || scheme == "wss") return 443;
    return 0;
}

bool IsPlain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7f;
}

// "host", "host:port", "[::1]:port" into the two.
bool SplitAuthority(std::string_view authority, std::string_view& host, std::string_view& port) {
    size_t end = authority.find(':');
    if (authority.starts_with('[')) {
        const size_t bracket = authority.find(']');
        if (bracket == std::string_view::npos) return false;
        host = authority.substr(1, bracket - 1);
        end = bracket + 1;
        if (end < authority.size() && authority[end] != ':') return false;
        if (host.find(':') == std::string_view::npos) return false;
    } else {
        host = authority.substr(0, end);
    }
    if (host.find_first_of("[]") != std::string_view::npos) return false;
    port = end < authority.size() ? authority.substr(end + 1) : std::string_view();
    return !host.empty() && (end >= authority.size() || !port.empty());
}

std::string Bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

int HexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool IsUnreserved(char c) {
    const char lower = LowerCase(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

std::string Lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), LowerCase);
    return out;
}

// 0 where it is none.
uint16_t ParsePort(std::string_view text) {
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() ? port : 0;
}

}  // namespace

std::string Url::Authority() const {
    return Text(Bracketed(host), ":", port);
}

std::string Url::HostHeader() const {
    return port == DefaultPort(scheme) ? Bracketed(host) : Authority();
}

Result<Url> ParseUrl(std::string_view text) {
    if (!std::all_of(text.begin(), text.end(), IsPlain)) {
        return absl::InvalidArgumentError("URL holds a space or a character that is not ASCII");
    }
    const size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return Bad(text, "has no scheme");
    Url url;
    url.scheme = Lower(text.substr(0, scheme_end));
    url.port = DefaultPort(url.scheme);
    if (url.port == 0) return Bad(text, "the scheme must be http, https, ws or wss");

    std::string_view rest = text.substr(scheme_end + 3);
    rest = rest.substr(0, rest.find('#'));
    const size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
    const std::string_view authority = rest.substr(0, authority_end);
    if (authority.find('@') != std::string_view::npos) return Bad(text, "user info is not allowed");

    std::string_view host;
    std::string_view port;
    if (!SplitAuthority(authority, host, port)) return Bad(text, "has no proper host and port");
    url.host = Lower(host);
    if (!port.empty()) {
        url.port = ParsePort(port);
        if (url.port == 0) return Bad(text, "the port must be 1 to 65535");
    }
    url.target = std::string(rest.substr(authority_end));
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    return url;
}

Result<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
            const int low = high >= 0 ? HexValue(text[i + 2]) : -1;
            if (low < 0) return absl::InvalidArgumentError("broken percent escape");
            out += static_cast<char>(high << 4 | low);
            i += 2;
        }
    }
    return out;
}

std::string PercentEncode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (IsUnreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

}  // namespace mp::net
