#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_text.hpp"

namespace mp::sim {

// Writes JSON text piece by piece; commas come by themselves. Texts are taken as they are: what
// needs escaping is the caller's business.
class JsonWriter {
  public:
    void Clear() { text_.clear(); }
    const std::string& text() const { return text_; }

    JsonWriter& Open(char bracket) {
        Separate();
        text_ += bracket;
        return *this;
    }
    JsonWriter& Close(char bracket) {
        text_ += bracket;
        return *this;
    }
    JsonWriter& Key(std::string_view key) {
        Separate();
        text_ += '"';
        text_ += key;
        text_ += "\":";
        return *this;
    }

    // Values, as elements of an array or behind a key.
    JsonWriter& Raw(std::string_view json) {
        Separate();
        text_ += json;
        return *this;
    }
    JsonWriter& Text(std::string_view value) {
        Separate();
        text_ += '"';
        text_ += value;
        text_ += '"';
        return *this;
    }
    JsonWriter& Integer(std::int64_t value) {
        Separate();
        AppendInteger(text_, value);
        return *this;
    }
    // "61837.6": a decimal in 10^-8 as text, without needless zeros.
    JsonWriter& Decimal(std::int64_t value_e8) {
        Separate();
        text_ += '"';
        AppendPlainE8(text_, value_e8);
        text_ += '"';
        return *this;
    }
    // "61837.60000000": the same with all its digits.
    JsonWriter& Padded(std::int64_t value_e8) {
        Separate();
        text_ += '"';
        AppendE8(text_, value_e8);
        text_ += '"';
        return *this;
    }
    // 61837.6: without quotes.
    JsonWriter& Number(std::int64_t value_e8) {
        Separate();
        AppendPlainE8(text_, value_e8);
        return *this;
    }
    // "1700000000000"
    JsonWriter& IntegerText(std::int64_t value) {
        Separate();
        text_ += '"';
        AppendInteger(text_, value);
        text_ += '"';
        return *this;
    }

    // Members.
    JsonWriter& Text(std::string_view key, std::string_view value) { return Key(key).Text(value); }
    JsonWriter& Integer(std::string_view key, std::int64_t value) {
        return Key(key).Integer(value);
    }
    JsonWriter& IntegerText(std::string_view key, std::int64_t value) {
        return Key(key).IntegerText(value);
    }
    JsonWriter& Decimal(std::string_view key, std::int64_t value_e8) {
        return Key(key).Decimal(value_e8);
    }
    JsonWriter& Padded(std::string_view key, std::int64_t value_e8) {
        return Key(key).Padded(value_e8);
    }
    JsonWriter& Flag(std::string_view key, bool value) {
        return Key(key).Raw(value ? "true" : "false");
    }
    JsonWriter& Number(std::string_view key, std::int64_t value_e8) {
        return Key(key).Number(value_e8);
    }

  private:
    void Separate() {
        if (text_.empty()) return;
        const char last = text_.back();
        if (last != '{' && last != '[' && last != ':') text_ += ',';
    }

    std::string text_;
};

}  // namespace mp::sim
