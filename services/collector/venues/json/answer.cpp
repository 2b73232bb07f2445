#include "collector/venues/json/answer.hpp"

#include <simdjson.h>

namespace mp::collector::json {

std::string TextAt(std::string_view body, std::initializer_list<const char*> keys) {
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
    std::string_view plain;
    return value.get_string().get(plain) ? std::string() : std::string(plain);
}

}  // namespace mp::collector::json
