#pragma once
// What there is: instruments, coverage, numbers. Each call is one piece of blocking work.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "marketprism/v1/query.pb.h"
#include "marketprism/v1/storage.pb.h"
#include "storage/query/query_context.hpp"

namespace mp::storage {

// Instruments in the order of exchange, market, symbol, each with its latest metadata.
Result<pb::ListInstrumentsResponse> ListInstruments(
    const QueryContext& context, const pb::ListInstrumentsRequest& request
);

// InvalidArgument names the field, NotFound the instrument.
Result<pb::GetCoverageResponse> GetCoverage(
    const QueryContext& context, const pb::GetCoverageRequest& request
);

// By exchange and data type.
using GapCounts = std::map<std::pair<std::string, model::DataType>, uint64_t>;

// How many gaps each exchange's series of each type list between the first and the last instant
// that anything claims complete. What was deleted on purpose is none, nor is the live edge.
Result<GapCounts> CountGaps(const Engine& engine);

// All but the position in the stream, which the ingest knows.
Result<pb::GetStatisticsResponse> GetStatistics(const Engine& engine);

}  // namespace mp::storage
