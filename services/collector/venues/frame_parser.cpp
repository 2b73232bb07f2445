#include "collector/venues/frame_parser.hpp"

namespace mp::collector {

std::string_view ToString(ParseError error) {
    switch (error) {
        case ParseError::kNone:
            return "none";
        case ParseError::kSyntax:
            return "syntax";
        case ParseError::kMissing:
            return "missing_field";
        case ParseError::kType:
            return "wrong_type";
        case ParseError::kOverflow:
            return "overflow";
        case ParseError::kAhead:
            return "ahead_of_time";
    }
    return "unknown";
}

}  // namespace mp::collector
