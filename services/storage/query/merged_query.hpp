#pragma once
// Events of several instruments as one stream, in the order that a series has by itself: order_ts,
// order inside the millisecond, id; rows whose keys are equal by their instruments' keys.
//
// Of every series at most a thousand rows are held, read in one go: nothing of the engine is held
// between two chunks. A cursor says which row was the last one; when thinned out also whose row of
// that row's interval was given already.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/query/event_source.hpp"
#include "storage/query/merge_input.hpp"
#include "wire/batch.hpp"

namespace mp::storage {

class MergedQuery final : public EventSource {
  public:
    static Result<std::unique_ptr<EventSource>> Open(QueryContext context, EventQuestion asked);

    Result<Chunk> Next() override;

  private:
    // A row among those of all series.
    struct Place {
        std::string key;
        size_t input = 0;

        bool empty() const { return key.empty(); }
    };

    MergedQuery(QueryContext context, EventQuestion asked);

    Status TakeUp(std::string_view place);
    void Begin(Direction direction);
    Result<bool> FindLatest();
    Status Fill();
    Result<bool> Ready();
    size_t Top() const { return heap_.front(); }
    void Pop();
    void Push(size_t input);
    bool IsBefore(size_t a, size_t b) const;
    bool IsBeyond(size_t input) const;
    bool Enough() const;
    void Take(size_t input);
    std::string PlaceOfLast() const;
    Result<Chunk> Finish();
    void Report(pb::EventChunk& tail) const;

    const QueryContext context_;
    const EventQuestion asked_;
    std::vector<Claims> claims_;  // as asked_.series
    std::vector<MergeInput> inputs_;
    Direction direction_ = Direction::kForward;
    std::vector<size_t> heap_;     // inputs with a row, the next one in front
    std::vector<size_t> waiting_;  // inputs that must be read before the next row is known
    size_t rows_read_ = 0;         // in this step

    bool begun_ = false;
    bool seeking_ = false;  // the latest rows are still being looked for
    uint32_t sought_ = 0;
    Place from_;  // latest rows: the first one
    Place to_;    // latest rows: the last one
    Place last_;  // given last, or by the page before
    std::string last_event_;
    std::vector<std::optional<int64_t>> sampled_;  // interval of the row given last, as inputs_
    std::optional<Nanos> page_start_;
    uint64_t given_ = 0;
    uint64_t given_bytes_ = 0;
    bool more_ = false;
    bool exhausted_ = false;
    AnsweredRows answered_;
    wire::ChunkBuilder builder_;
};

}  // namespace mp::storage
