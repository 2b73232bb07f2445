#pragma once
// Writes JSON text into one growing buffer, without a document in between. Commas are placed by the
// writer; balance of Begin/End is the caller's. Not thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/decimal.hpp"
#include "base/time.hpp"

namespace mp::rows {

class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    void BeginObject() { Open('{'); }
    void EndObject() { Close('}'); }
    void BeginArray() { Open('['); }
    void EndArray() { Close(']'); }

    // `name` is one of ours: it is not escaped.
    void Key(std::string_view name);

    void String(std::string_view text);  // escaped; bytes that are not UTF-8 become U+FFFD
    void Bool(bool value) { Raw(value ? "true" : "false"); }
    void Null() { Raw("null"); }
    void Number(uint64_t value);
    void Number(int64_t value);
    void Number(double value);               // for ratios and seconds, never for prices
    void Decimal(const mp::Decimal& value);  // as a string, every digit
    void Id(uint64_t value);                 // as a string: ids exceed 2^53
    void Time(Nanos value);                  // RFC 3339 with nanoseconds
    // A finished JSON value.
    void Raw(std::string_view json);

    void Field(std::string_view name, std::string_view text) { Key(name), String(text); }

  private:
    void Separate();
    void Open(char bracket);
    void Close(char bracket);

    std::string& out_;
    bool first_ = true;  // nothing written yet in the innermost object or array
};

// Appends `text` escaped, without quotes.
void AppendEscaped(std::string_view text, std::string& out);

}  // namespace mp::rows
