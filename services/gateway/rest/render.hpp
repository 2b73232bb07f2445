#pragma once
// The store's answers as the bodies of REST answers.

#include <string>

#include "base/status.hpp"
#include "gateway/query/history.hpp"
#include "marketprism/v1/query.pb.h"
#include "runtime/task.hpp"

namespace mp::gateway {

// Reads a stream to its end: {"data":[...],"next_cursor":...,"coverage":{...}}.
Task<Result<std::string>> RenderEvents(EventStream stream);

std::string RenderBook(const pb::GetOrderBookResponse& book);
std::string RenderCandles(const pb::QueryCandlesResponse& candles, const std::string& interval);
std::string RenderCoverage(const pb::GetCoverageResponse& coverage);
Result<std::string> RenderInstruments(const pb::ListInstrumentsResponse& instruments);
// The newest event of an instrument: {"data":{...}}.
Result<std::string> RenderEvent(
    const pb::Instrument& instrument, const pb::Event& event, bool degraded
);

}  // namespace mp::gateway
