#pragma once
// What all of Bybit's REST answers have in common.

#include <array>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::bybit {

inline Status Unreadable(std::string_view what, ParseError error) {
    return absl::InvalidArgumentError(
        std::string(what) + " unreadable: " + std::string(ToString(error))
    );
}

// Of {"retCode":0,"result":{..}} the members of the result that are asked for. At least 16 bytes
// are readable behind the text. `what` it is about.
template <size_t N>
Status ReadAnswer(
    std::string_view text,
    std::string_view what,
    const json::Names<N>& names,
    json::Tokens<N>& result
) {
    static constexpr json::Names kAnswer = {"retCode", "retMsg", "result"};
    json::Cursor cursor(text);
    json::Tokens<3> answer;
    ParseError error = ReadMembers(cursor, kAnswer, answer);
    if (error != ParseError::kNone) return Unreadable(what, error);
    if (json::Unquoted(answer[0]) != "0") {
        return absl::UnavailableError(
            "no " + std::string(what) + ": " + std::string(json::Unquoted(answer[1]))
        );
    }
    json::Cursor inner(answer[2]);
    error = ReadMembers(inner, names, result);
    return error == ParseError::kNone ? OkStatus() : Unreadable(what, error);
}

}  // namespace mp::collector::bybit
