#pragma once
// The store's answers as the bodies of REST answers.

#include <string>
#include <string_view>

#include "base/status.hpp"
#include "gateway/query/history.hpp"
#include "gateway/rest/answer.hpp"
#include "gateway/rest/tabular.hpp"
#include "marketprism/v1/query.pb.h"
#include "rows/json_writer.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

// Reads a stream to its end: {"data":[...],"next_cursor":...,"coverage":{...}}, or lines; a chunk
// at a time, so that others get their turn.
Task<Result<Answer>> RenderEvents(EventStream stream, Format format, Columns columns);

Answer RenderBook(const pb::GetOrderBookResponse& book);
// One bar, as an object.
void WriteCandle(const pb::Candle& candle, std::string_view interval, rows::JsonWriter& json);
Answer RenderCandles(const pb::QueryCandlesResponse& candles, const std::string& interval);
// Complete where every series is.
Answer RenderCoverage(const pb::GetCoverageResponse& coverage);
Result<Answer> RenderInstruments(const pb::ListInstrumentsResponse& instruments);
// The newest event of an instrument: {"data":{...}}.
Result<Answer> RenderEvent(const pb::Instrument& instrument, const pb::Event& event, bool degraded);

}  // namespace mp::gateway
