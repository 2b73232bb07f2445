#pragma once
// Header fields of an HTTP message in their order. Names compare without case. All text sits in one
// buffer, so that a container that is cleared and filled again allocates nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mp::net {

class HttpHeaders {
  public:
    HttpHeaders() = default;
    HttpHeaders(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

    // Appends a field. CR and LF inside are replaced by a space (no header injection).
    void Add(std::string_view name, std::string_view value);
    // Replaces every field of that name by one.
    void Set(std::string_view name, std::string_view value);
    void Clear();

    // The first value of that name. Views live until the next change.
    std::optional<std::string_view> Get(std::string_view name) const;
    bool Has(std::string_view name) const { return Get(name).has_value(); }
    // Whether the comma-separated list under `name` holds `token`, without case ("Connection:
    // close").
    bool HasToken(std::string_view name, std::string_view token) const;

    size_t size() const { return fields_.size(); }
    std::string_view name(size_t index) const;
    std::string_view value(size_t index) const;

  private:
    struct Field {
        uint32_t offset;
        uint32_t name_size;
        uint32_t value_size;
    };

    std::string text_;
    std::vector<Field> fields_;
};

// ASCII only, as HTTP needs it.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace mp::net
