#include "net/http_headers.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>
#include <algorithm>

#include "net/text.hpp"

namespace mp::net {
namespace {

void AppendWithoutLineBreaks(std::string_view text, std::string& out) {
    const size_t from = out.size();
    out.append(text);
    std::replace_if(
        out.begin() + static_cast<ptrdiff_t>(from),
        out.end(),
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; },
        ' '
    );
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return LowerCase(x) == LowerCase(y);
    });
}

HttpHeaders::HttpHeaders(std::initializer_list<std::pair<std::string_view, std::string_view>> fields
) {
    for (const auto& [name, value] : fields) Add(name, value);
}

void HttpHeaders::Add(std::string_view name, std::string_view value) {
    fields_.push_back(
        {static_cast<uint32_t>(text_.size()),
         static_cast<uint32_t>(name.size()),
         static_cast<uint32_t>(value.size())}
    );
    AppendWithoutLineBreaks(name, text_);
    AppendWithoutLineBreaks(value, text_);
}

void HttpHeaders::Set(std::string_view name, std::string_view value) {
    // The caller's views may point into text_, which Add() may move.
    const std::string name_copy(name);
    const std::string value_copy(value);
    std::erase_if(fields_, [&](const Field& field) {
        return EqualsIgnoreCase(
            std::string_view(text_).substr(field.offset, field.name_size), name_copy
        );
    });
    Add(name_copy, value_copy);
}

void HttpHeaders::Clear() {
    text_.clear();
    fields_.clear();
}

std::optional<std::string_view> HttpHeaders::Get(std::string_view wanted) const {
    for (size_t i = 0; i < fields_.size(); ++i) {
        if (EqualsIgnoreCase(name(i), wanted)) return value(i);
    }
    return std::nullopt;
}

bool HttpHeaders::HasToken(std::string_view wanted, std::string_view token) const {
    const auto other = [&](std::string_view piece) {
        return !EqualsIgnoreCase(Trim(piece), token);
    };
    for (size_t i = 0; i < fields_.size(); ++i) {
        if (EqualsIgnoreCase(name(i), wanted) && !Split(value(i), ',', other)) return true;
    }
    return false;
}

std::string_view HttpHeaders::name(size_t index) const {
    return std::string_view(text_).substr(fields_[index].offset, fields_[index].name_size);
}

std::string_view HttpHeaders::value(size_t index) const {
    const Field& field = fields_[index];
    return std::string_view(text_).substr(field.offset + field.name_size, field.value_size);
}

}  // namespace mp::net
