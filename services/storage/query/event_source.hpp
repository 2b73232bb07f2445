#pragma once
// The answer to QueryEvents, of one series or of several merged: what both kinds of query share.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/instrument.hpp"
#include "storage/query/page_token.hpp"
#include "storage/query/query_context.hpp"

namespace mp::storage {

class EventSource : public ChunkSource {
  public:
    // InvalidArgument names the field, NotFound the instrument. The context's engine outlives it.
    static Result<std::unique_ptr<EventSource>> Make(
        QueryContext context, const pb::QueryEventsRequest& request
    );
};

// A request, checked.
struct EventQuestion {
    // One, or several of one data type by the key of their instrument; no two are the same.
    std::vector<model::Series> series;
    bool merged = false;  // several were asked for, be it the same one twice
    std::optional<Nanos> start;
    std::optional<Nanos> end;
    uint32_t limit = 0;
    uint64_t max_bytes = 0;
    uint32_t chunk_rows = 0;
    bool columns = false;
    std::string interval;  // of klines
    Nanos every = 0;       // 0: every event
    std::string cursor;

    // What a cursor belongs to.
    Question ToQuestion() const;
    // Whether the row is of the interval asked for.
    bool Wants(std::string_view key) const;
};

// The rows of one series that a question is about, but for Wants: changes of states, the last ones
// of intervals (`rows_read` as in ScanSampled), or all.
Result<std::unique_ptr<Cursor>> ScanAsked(
    const SeriesReader& engine,
    SeriesId series,
    const EventQuestion& asked,
    const ScanRange& range,
    size_t& rows_read
);

}  // namespace mp::storage
