#include "collector/venues/binance/frame_reader.hpp"

#include <cstring>

#include "collector/venues/binance/compact_reader.hpp"

namespace mp::collector::binance {
namespace {

using simdjson::ondemand::field;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

std::string_view TrimRight(std::string_view token) noexcept {
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
        token.remove_suffix(1);
    }
    return token;
}

// The value as it stands in the message.
simdjson::error_code TextOf(value& item, std::string_view& out) noexcept {
    switch (*item.raw_json_token().data()) {
        case '[': {
            simdjson::ondemand::array array;
            if (const auto error = item.get_array().get(array)) return error;
            return array.raw_json().get(out);
        }
        case '{': {
            object nested;
            if (const auto error = item.get_object().get(nested)) return error;
            return nested.raw_json().get(out);
        }
        default:
            out = TrimRight(item.raw_json_token());
            return simdjson::SUCCESS;
    }
}

bool KeyIs(const char* key, std::string_view name) noexcept {
    return std::memcmp(key, name.data(), name.size()) == 0 && key[name.size()] == '"';
}

// Of a key as it stands in the message, up to its closing quote.
char PlaceOf(const char* key) noexcept {
    if (key[0] == '"' || key[0] == '\\') return LetterFields::kNoKey;
    if (key[1] == '"') return LetterFields::IsLetter(key[0]) ? key[0] : LetterFields::kNoKey;
    return key[2] == '"' ? LetterFields::PairKey(key[0], key[1]) : LetterFields::kNoKey;
}

}  // namespace

void FrameReader::Clear() noexcept {
    fields_.Clear();
    nested_.Clear();
    control_ = {};
    is_list_ = false;
    may_be_list_ = false;
}

bool FrameReader::ReadPlain() noexcept {
    Clear();
    return CompactReader(frame_).Read(fields_, nested_);
}

ParseError FrameReader::ReadAny() noexcept {
    Clear();
    simdjson::ondemand::document document;
    if (parser_.iterate(buffer_.data(), frame_.size(), buffer_.capacity()).get(document)) {
        return ParseError::kSyntax;
    }
    object root;
    if (document.get_object().get(root)) return ParseError::kSyntax;
    if (ReadRoot(root)) return ParseError::kSyntax;
    if (is_list_ && !may_be_list_) return ParseError::kSyntax;
    // Something behind the object: no message of Binance's.
    const char* rest = nullptr;
    return document.current_location().get(rest) ? ParseError::kNone : ParseError::kSyntax;
}

simdjson::error_code FrameReader::ReadRoot(object& root) noexcept {
    for (auto entry : root) {
        field item;
        if (const auto error = std::move(entry).get(item)) return error;
        if (const auto error = ReadRootField(item.key().raw(), item.value())) return error;
    }
    return simdjson::SUCCESS;
}

simdjson::error_code FrameReader::ReadRootField(const char* key, value& item) noexcept {
    if (KeyIs(key, "data")) {
        is_list_ = *item.raw_json_token().data() == '[';
        if (!is_list_) return ReadPayload(item, fields_);
        std::string_view list;
        return TextOf(item, list);
    }
    if (KeyIs(key, "stream")) {
        // Only streams of all symbols bring lists ("!markPrice@arr", "!ticker_1h@arr").
        may_be_list_ = item.raw_json_token().find("@arr") != std::string_view::npos;
        return simdjson::SUCCESS;
    }
    if (KeyIs(key, "id")) {
        control_.id = TrimRight(item.raw_json_token());
        control_.seen = true;
        return simdjson::SUCCESS;
    }
    if (KeyIs(key, "error") || KeyIs(key, "msg")) {
        control_.seen = true;
        return TextOf(item, control_.error);
    }
    return Keep(key, item, fields_);
}

simdjson::error_code FrameReader::ReadPayload(value& item, LetterFields& fields) noexcept {
    object payload;
    if (const auto error = item.get_object().get(payload)) return error;
    for (auto entry : payload) {
        field inner;
        if (const auto error = std::move(entry).get(inner)) return error;
        if (const auto error = Keep(inner.key().raw(), inner.value(), fields)) return error;
    }
    return simdjson::SUCCESS;
}

simdjson::error_code FrameReader::Keep(
    const char* key, value& item, LetterFields& fields
) noexcept {
    const char place = PlaceOf(key);
    if (place == LetterFields::kNoKey) return simdjson::SUCCESS;
    const bool outer = &fields == &fields_;
    const std::string_view token = item.raw_json_token();
    if (token[0] == '{' && LetterFields::IsNesting(place) && outer) {
        fields.Set(place, token);
        return ReadPayload(item, nested_);
    }
    if (token[0] == '[' || token[0] == '{') {
        std::string_view text;
        const auto error = TextOf(item, text);
        fields.Set(place, text);
        return error;
    }
    fields.Set(place, TrimRight(token));
    if (place != 's' || std::memchr(token.data(), '\\', token.size()) == nullptr) {
        return simdjson::SUCCESS;
    }
    // A symbol in another script, escaped: the table knows it unescaped.
    std::string_view plain;
    if (const auto error = item.get_string().get(plain)) return error;
    std::string& symbol = symbols_[outer ? 0 : 1];
    symbol.assign(1, '"').append(plain).append(1, '"');
    fields.Set(place, symbol);
    return simdjson::SUCCESS;
}

}  // namespace mp::collector::binance
