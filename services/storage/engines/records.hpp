#pragma once
// What an engine keeps beside events, as bytes: names and counters of series, the stream's
// position, lists of texts. Every engine keeps them in its own place. Pure functions; bytes that do
// not parse are DataLoss.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"
#include "storage/append_batch.hpp"

namespace mp::storage::records {

// Counters of a series, and what it knows of losses (Engine::DeclareLoss).
struct Counters {
    uint64_t events = 0;
    uint32_t losses_seen = 0;
    Nanos trusted_from = INT64_MIN;
};

std::string EncodeSeries(const model::Series& series);
Result<model::Series> DecodeSeries(std::string_view value);
std::string EncodeCounters(const Counters& counters);
Result<Counters> DecodeCounters(std::string_view value);
std::string EncodePosition(const StreamPosition& position);
Result<StreamPosition> DecodePosition(std::string_view value);
std::string EncodeTexts(const std::vector<std::string>& texts);
Result<std::vector<std::string>> DecodeTexts(std::string_view value);

}  // namespace mp::storage::records
