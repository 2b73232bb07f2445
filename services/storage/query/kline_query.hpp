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
    // The first bar that opens at or behind `from`.
    Result<std::optional<Bar>> NextBar(SeriesId series, Nanos from) const;
    // The latest event of a bar.
    Result<std::optional<Bar>> LatestOf(SeriesId series, Nanos open_time) const;
    // The last bar that opens before `before`.
    Result<std::optional<Bar>> PreviousBar(SeriesId series, Nanos before) const;
    Status FindLatest(SeriesId series);
    Status Fill(SeriesId series, std::vector<Bar>& bars);
    Result<Chunk> Finish(const std::vector<Bar>& bars);

    const QueryContext context_;
    const model::Series series_;
    const model::CandleInterval interval_;
    const std::string interval_text_;
    std::optional<Nanos> start_;
    std::optional<Nanos> end_;
    uint32_t limit_ = 0;
    bool begun_ = false;
    bool exhausted_ = false;
    bool more_ = false;
    std::optional<Nanos> page_start_;
    Nanos next_open_ = 0;  // bars before this are done
    uint64_t given_ = 0;
    AnsweredRows rows_;
};

}  // namespace mp::storage
