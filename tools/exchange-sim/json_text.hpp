#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Textual access to JSON. The simulator must be able to quote what it serves byte for byte, so it
// looks values up by scanning the text instead of building a tree. Only top-level members of the
// given object are seen; malformed text yields "absent". No function allocates.
namespace mp::sim {

// End of the value that starts at `begin`, or npos where the text is malformed there.
std::size_t SkipValue(std::string_view text, std::size_t begin);

std::size_t SkipSpace(std::string_view text, std::size_t at);

// Raw text of the member `key` (strings keep their quotes), empty where absent.
std::string_view FindValue(std::string_view object, std::string_view key);

// The member `key` without its quotes; escapes are left as they are.
std::string_view FindString(std::string_view object, std::string_view key);

std::optional<std::int64_t> FindInteger(std::string_view object, std::string_view key);

std::string_view Unquoted(std::string_view value);

// Appends `text` as the inside of a JSON string.
void AppendEscaped(std::string& out, std::string_view text);

// Calls fn(raw text) for each element of a JSON array; stops at malformed text.
template <typename Fn>
void ForEachElement(std::string_view array, Fn&& fn) {
    std::size_t at = SkipSpace(array, 0);
    if (at >= array.size() || array[at] != '[') return;
    ++at;
    while (true) {
        at = SkipSpace(array, at);
        const std::size_t end = SkipValue(array, at);
        if (end == std::string_view::npos) return;
        fn(array.substr(at, end - at));
        at = SkipSpace(array, end);
        if (at >= array.size() || array[at] != ',') return;
        ++at;
    }
}

// Of an array its first element, empty where it has none; what is no array as it is.
inline std::string_view FirstElement(std::string_view value) {
    if (!value.starts_with('[')) return value;
    const std::size_t begin = SkipSpace(value, 1);
    const std::size_t end = SkipValue(value, begin);
    return end == std::string_view::npos ? std::string_view() : value.substr(begin, end - begin);
}

}  // namespace mp::sim
