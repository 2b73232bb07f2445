#pragma once
// What Redis answers to one command.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.hpp"

namespace mp::redis {

// An error inside an array; of a whole command it is the Status of the Result.
struct ReplyError {
    std::string text;  // "WRONGTYPE Operation against ..."
};

struct Reply {
    // Nothing (no such key); a number; a text, "OK" included; several.
    std::variant<std::monostate, int64_t, std::string, std::vector<Reply>, ReplyError> value;

    bool nil() const { return value.index() == 0; }
    // Null where it is something else.
    const int64_t* number() const { return std::get_if<int64_t>(&value); }
    const std::string* text() const { return std::get_if<std::string>(&value); }
    std::string* text() { return std::get_if<std::string>(&value); }
    const std::vector<Reply>* items() const { return std::get_if<std::vector<Reply>>(&value); }
};

// The code that fits the server's first word: Unauthenticated for a wrong or missing password,
// PermissionDenied for what the user may not do, Unavailable while it loads or only reads,
// ResourceExhausted without memory, NotFound for an unknown script, else Internal.
Status StatusOf(const ReplyError& error);

}  // namespace mp::redis
