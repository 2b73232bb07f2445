#pragma once
// The cursor that clients hand back: where a page ended, tied to the question it belongs to. Opaque
// to them; stable while events arrive, and over restarts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"

namespace mp::storage {

// What of a question must not change from page to page.
struct Question {
    std::string_view kind;  // "events" "klines" ...
    model::Series series;
    std::optional<Nanos> start;
    std::optional<Nanos> end;
    std::string interval;
    std::string beside = {};  // further parts that not every question has

    uint64_t Fingerprint() const;
};

// `place`: bytes that say where the page ended.
std::string MakePageToken(const Question& question, std::string_view place);
// The place. InvalidArgument, naming `cursor`, for a token of another question or none of ours.
Result<std::string> ReadPageToken(const Question& question, std::string_view token);

}  // namespace mp::storage
