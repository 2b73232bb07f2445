#include "collector/venues/query.hpp"

namespace mp::collector {

std::string Escaped(std::string_view text, std::string_view kept) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const int letter = (byte | 32) - 'a';
        const int digit = byte - '0';
        const bool plain = (letter >= 0 && letter < 26) || (digit >= 0 && digit < 10);
        if (plain || kept.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
        }
    }
    return out;
}

}  // namespace mp::collector
