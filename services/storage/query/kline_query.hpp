#pragma once
// The venue's bars of one interval, by opening time: of each bar the latest event.
//
// A bar has an event every second or two, so looking at all of them would be slow for long bars:
// the query jumps. An event of a bar stands at its event time, between the bar's opening and a
// moment after its close.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/candle.hpp"
#include "storage/query/page_token.hpp"
#include "storage/query/query_context.hpp"

namespace mp::storage {

class KlineQuery final : public ChunkSource {
  public:
    // InvalidArgument names the field, NotFound the instrument.
    static Result<std::unique_ptr<KlineQuery>> Make(
        QueryContext context, const pb::QueryKlinesRequest& request
    );

    Result<Chunk> Next() override;

  private:
    struct Bar {
        Nanos open_time = 0;
        Nanos order_ts = 0;
        std::string event;
    };

    KlineQuery(QueryContext context, model::Instrument instrument, model::CandleInterval interval)
        : context_(std::move(context)),
          series_{std::move(instrument), model::DataType::kKline},
          interval_(interval),
          interval_text_(interval.ToString()) {}

    Question ToQuestion() const;
    Nanos Slack(Nanos open_time) const;
    // The first event of a bar that opens at or behind `open` (before it, when going backwards),
    // looked for from `place` on. Sets `place` where it stopped looking without one; at the end
    // there is neither.
    struct Found {
        std::optional<Bar> bar;
        bool more = false;
    };
    Result<Found> Look(
        SeriesId series, Direction direction, Nanos open, Nanos edge, std::string& place
    ) const;
    // The latest event of a bar; nothing where it came later than usual.
    Result<std::optional<Bar>> LatestOf(SeriesId series, Nanos open_time) const;
    Nanos EdgeBefore(Nanos open) const;
    Result<bool> FindLatest(SeriesId series);
    Status Fill(SeriesId series, std::vector<Bar>& bars);
    Result<Chunk> Finish(const std::vector<Bar>& bars);

    const QueryContext context_;
    const model::Series series_;
    const model::CandleInterval interval_;
    const std::string interval_text_;
    Claims claims_;
    std::optional<Nanos> start_;
    std::optional<Nanos> end_;
    uint32_t limit_ = 0;
    bool seeking_ = false;  // the latest bars are still being looked for
    uint32_t sought_ = 0;
    Nanos seek_before_ = 0;
    std::string place_;  // key that the search has reached
    bool exhausted_ = false;
    bool more_ = false;
    std::optional<Nanos> page_start_;
    Nanos next_open_ = 0;  // bars before this are done
    uint64_t given_ = 0;
    AnsweredRows rows_;
};

}  // namespace mp::storage
