#pragma once
// What stands beside a message's payload, as it stands; empty where it does not.

#include <optional>
#include <string_view>

#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::bybit {

struct Header {
    std::string_view type;    // "snapshot" or "delta", with its quotes
    std::string_view sent;    // "ts"
    std::string_view engine;  // "cts", of books

    bool IsSnapshot() const noexcept { return type == "\"snapshot\""; }
    bool IsDelta() const noexcept { return type == "\"delta\""; }
    // What the type is neither of.
    ParseError TypeError() const noexcept {
        return type.empty() ? ParseError::kMissing : ParseError::kType;
    }
};

}  // namespace mp::collector::bybit
