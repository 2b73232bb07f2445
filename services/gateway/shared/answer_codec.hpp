#pragma once
// An answer as bytes, for other gateways of the same version (shared_answers.hpp).

#include <optional>
#include <string>
#include <string_view>

#include "gateway/rest/answer.hpp"

namespace mp::gateway {

// To be raised with every change of the bytes below or of what makes up an answer's key.
inline constexpr int kAnswerSchema = 1;

// Degraded answers are nobody else's: they are not given to it.
std::string EncodeAnswer(const Answer& answer);

// Nothing where the bytes are no answer.
std::optional<Answer> DecodeAnswer(std::string_view bytes);

}  // namespace mp::gateway
