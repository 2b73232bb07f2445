#pragma once
// Events of one series, as stored: rows are copied verbatim into chunks, or packed as columns;
// perhaps only the last one of each interval.

#include <memory>
#include <optional>
#include <string>

#include "model/event.hpp"
#include "model/instrument.hpp"
#include "storage/query/event_source.hpp"
#include "storage/query/page_token.hpp"
#include "storage/query/query_context.hpp"
#include "wire/batch.hpp"
#include "wire/trade_columns.hpp"

namespace mp::storage {

class EventQuery final : public EventSource {
  public:
    // `asked.series` has one member.
    static Result<std::unique_ptr<EventSource>> Open(QueryContext context, EventQuestion asked);

    Result<Chunk> Next() override;
    void Release() override { Close(); }

  private:
    EventQuery(QueryContext context, EventQuestion asked);

    const model::Series& asked_series() const { return asked_.series.front(); }
    bool IsBeyond(std::string_view key) const;
    bool Enough() const;
    Result<std::unique_ptr<Cursor>> ScanRows(SeriesId series, const ScanRange& range);
    Result<bool> FindLatest(SeriesId series);
    Status Fill(SeriesId series);
    Status OpenRows(SeriesId series);
    bool NextRow();
    Result<bool> Take();
    void Close();
    Status ReadLastReceived();
    Result<Chunk> Finish();

    const QueryContext context_;
    const EventQuestion asked_;
    Claims claims_;
    bool seeking_ = false;  // the latest rows are still being looked for
    uint32_t sought_ = 0;
    std::string after_;                // key of the last row given, or of the page before
    std::string from_;                 // latest rows: the first key, inclusive
    std::string to_;                   // latest rows: the last key, inclusive
    size_t rows_read_ = 0;             // in this step, of those that are thinned out
    std::optional<Nanos> page_start_;  // what this page's coverage begins with
    uint64_t given_ = 0;
    uint64_t given_bytes_ = 0;
    bool more_ = false;
    bool exhausted_ = false;
    AnsweredRows answered_;
    std::string last_event_;  // that was given; of columns none
    // Between two chunks it stays where it is: making one anew costs as much as a chunk of rows.
    std::unique_ptr<Cursor> rows_;
    std::unique_ptr<TradeCursor> trades_;  // in place of rows_ where columns are asked for
    KeyCursor* at_ = nullptr;              // whichever there is
    bool row_waits_ = false;               // the cursor's row had no place in the last chunk
    wire::ChunkBuilder builder_;
    wire::TradePacker columns_;
};

}  // namespace mp::storage
