#pragma once
// The kinds of messages that are measured.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/symbol_table.hpp"

namespace mp::bench {

struct Kind {
    std::string_view name;  // "okx book"
    std::unique_ptr<collector::FrameParser> (*make)(const collector::SymbolTable&);
    std::string_view before_symbol;  // what stands before an instrument's name
    double peer;  // messages a second of the fastest peer on the recorded texts; 0: not known
};

// Named by "<exchange> <market> <data type>", as captures label their records; null where such
// messages are not measured.
const Kind* FindKind(
    std::string_view exchange, std::string_view market, std::string_view data_type
);
// By its name.
const Kind& KindOf(std::string_view name);

// Texts by kind.
using Texts = std::map<std::string, std::vector<std::string>>;

// As venues write them, of round numbers.
Texts OwnTexts();
// What a capture holds of the kinds that are measured.
Texts TextsFrom(const char* capture);

}  // namespace mp::bench
