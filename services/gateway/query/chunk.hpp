#pragma once
// The bytes of one EventChunk, read without parsing its events.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "marketprism/v1/query.pb.h"

namespace mp::gateway {

// What a chunk says beside its events. The last chunk of an answer carries coverage.
struct ChunkTail {
    std::string next_cursor;
    std::optional<marketprism::v1::CoverageReport> coverage;
    std::vector<marketprism::v1::SeriesReport> series;  // of several instruments
};

// Skips over instruments and entries. InvalidArgument for bytes that are no EventChunk.
Result<ChunkTail> ReadTail(std::string_view chunk);

}  // namespace mp::gateway
