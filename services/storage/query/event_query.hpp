#pragma once
// Events of one series, as stored: rows are copied verbatim into chunks, or packed as columns.

#include <memory>
#include <optional>
#include <string>

#include "model/event.hpp"
#include "model/instrument.hpp"
#include "storage/query/page_token.hpp"
#include "storage/query/query_context.hpp"
#include "storage/query/trade_columns.hpp"
#include "wire/batch.hpp"

namespace mp::storage {

class EventQuery final : public ChunkSource {
  public:
    // InvalidArgument names the field, NotFound the instrument. The context's engine outlives it.
    static Result<std::unique_ptr<EventQuery>> Make(
        QueryContext context, const pb::QueryEventsRequest& request
    );

    Result<Chunk> Next() override;
    void Release() override { rows_.reset(); }

  private:
    struct Asked {
        model::Series series;
        std::optional<Nanos> start;
        std::optional<Nanos> end;
        uint32_t limit = 0;
        uint64_t max_bytes = 0;
        uint32_t chunk_rows = 0;
        bool columns = false;
        std::string interval;
    };
    EventQuery(QueryContext context, Asked asked);

    Question ToQuestion() const;
    bool Wanted(std::string_view key) const;
    bool Enough() const;
    Result<std::unique_ptr<Cursor>> ScanRows(SeriesId series, const ScanRange& range) const;
    Result<bool> FindLatest(SeriesId series);
    Status Fill(SeriesId series);
    Status OpenRows(SeriesId series);
    bool NextRow();
    Result<bool> Take(std::string_view key, std::string_view event);
    Status FindLastReceived(SeriesId series);
    Result<Chunk> Finish();

    const QueryContext context_;
    const Asked asked_;
    Claims claims_;
    bool seeking_ = false;  // the latest rows are still being looked for
    uint32_t sought_ = 0;
    std::string after_;                // key of the last row given, or of the page before
    std::string from_;                 // latest rows: the first key, inclusive
    std::string to_;                   // latest rows: the last key, inclusive
    std::optional<Nanos> page_start_;  // what this page's coverage begins with
    uint64_t given_ = 0;
    uint64_t given_bytes_ = 0;
    bool more_ = false;
    bool exhausted_ = false;
    AnsweredRows answered_;
    // Between two chunks it stays where it is: making one anew costs as much as a chunk of rows.
    std::unique_ptr<Cursor> rows_;
    bool row_waits_ = false;  // the cursor's row had no place in the last chunk
    wire::ChunkBuilder builder_;
    TradeColumns columns_;
};

}  // namespace mp::storage
