#include "collector/venues/json/answer.hpp"

#include <simdjson.h>

namespace mp::collector::json {
namespace {

// What `take` makes of the value under the keys; T() where there is none.
template <typename T, typename Take>
T At(std::string_view body, std::initializer_list<const char*> keys, Take take) {
    const simdjson::padded_string text(body);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    simdjson::ondemand::value value;
    if (parser.iterate(text).get(document) || document.get_value().get(value)) return {};
    for (const char* key : keys) {
        simdjson::ondemand::value inner;
        if (value[key].get(inner)) return {};
        value = inner;
    }
    return take(value);
}

}  // namespace

std::string TextAt(std::string_view body, std::initializer_list<const char*> keys) {
    return At<std::string>(body, keys, [](simdjson::ondemand::value& value) {
        std::string_view plain;
        return value.get_string().get(plain) ? std::string() : std::string(plain);
    });
}

std::optional<int64_t> NumberAt(std::string_view body, std::initializer_list<const char*> keys) {
    return At<std::optional<int64_t>>(body, keys, [](simdjson::ondemand::value& value) {
        int64_t number = 0;
        return value.get_int64().get(number) ? std::nullopt : std::optional<int64_t>(number);
    });
}

}  // namespace mp::collector::json
