#pragma once
// The order book as it stood at an instant: the last whole snapshot at or before it, and the deltas
// behind that one.
//
// Of a snapshot with last_update_id L the deltas of the same epoch with last_update_id > L count,
// in order, as long as each continues the one before; one of another epoch does where it names that
// one. Where one is missing the book ends with the
// last delta before the hole, and the answer's coverage says so.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "model/order_book.hpp"
#include "storage/query/level_changes.hpp"
#include "storage/query/query_context.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

class BookQuery {
  public:
    // InvalidArgument names the field. NotFound: no such instrument.
    static Result<std::unique_ptr<BookQuery>> Make(
        QueryContext context, const pb::GetOrderBookRequest& request
    );

    // A piece of the work; true when the answer is ready. NotFound: no snapshot at or before the
    // instant.
    Result<bool> Step();
    Result<pb::GetOrderBookResponse> Answer() const;

  private:
    BookQuery(
        QueryContext context,
        model::Instrument instrument,
        Claims claims,
        std::optional<Nanos> at,
        uint32_t depth
    )
        : context_(std::move(context)),
          instrument_(std::move(instrument)),
          claims_(std::move(claims)),
          asked_at_(at),
          depth_(depth) {}

    model::Interval UpTo(Nanos from) const;
    Status FindBase(SeriesId snapshots);
    Status LoadBase(SeriesId snapshots);
    Result<bool> ApplyDeltas(SeriesId deltas);
    bool Continues(const model::BookDelta& delta) const;
    bool AlreadyIn(const model::BookDelta& delta, Nanos order_ts) const;
    void Apply(const model::BookDelta& delta, Nanos order_ts);

    const QueryContext context_;
    const model::Instrument instrument_;
    const Claims claims_;
    const std::optional<Nanos> asked_at_;
    const uint32_t depth_;

    // The snapshot that the book starts from: what its parts' keys begin with.
    std::string base_;
    Nanos base_ts_ = 0;

    model::OrderBook book_;
    LevelChanges changes_;  // not yet in the book
    wire::EventDecoder decoder_;
    std::string after_;  // key of the last delta looked at
    uint64_t last_id_ = 0;
    uint64_t epoch_ = 0;
    uint32_t next_part_ = 0;  // of a split delta under way
    Nanos ts_ = 0;
    uint64_t applied_ = 0;
    std::optional<Nanos> broken_at_;  // where a delta does not continue the book
};

}  // namespace mp::storage
