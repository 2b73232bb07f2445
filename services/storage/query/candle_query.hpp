#pragma once
// Bars of so much time. A bar belongs to the answer where it opens inside the interval asked
// for, and then all of its trades count.
//
// Venues may offer single fills and aggregated trades of the same market; adding both up would
// count everything twice. A bar is made of the fills where it has any, of the aggregated trades
// otherwise.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/candle.hpp"
#include "storage/query/bar_query.hpp"
#include "storage/query/page_token.hpp"
#include "storage/query/query_context.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

class CandleQuery final : public BarQuery {
  public:
    // InvalidArgument for a cursor of something else.
    static Result<std::unique_ptr<BarQuery>> Open(
        QueryContext context, BarQuestion asked, model::CandleInterval interval
    );

    Result<bool> Step() override;
    Result<pb::QueryCandlesResponse> Answer() override;

  private:
    // The bars of one id space, as they are finished.
    struct Space {
        explicit Space(model::CandleInterval interval) : builder(interval) {}

        model::CandleBuilder builder;
        std::vector<model::Candle> bars;
    };

    CandleQuery(QueryContext context, BarQuestion asked, model::CandleInterval interval);

    Question ToQuestion() const;
    Status Begin(SeriesId series);
    void BeginAt(Nanos open_time);
    Result<bool> Add(SeriesId series);
    Status AddTrade(std::string_view key, std::string_view bytes);
    void FinishBar();
    bool WidenBackwards();
    Result<std::optional<Nanos>> EdgeTime(SeriesId series, Direction direction) const;

    const QueryContext context_;
    const BarQuestion asked_;
    const model::CandleInterval interval_;
    Claims claims_;
    std::optional<Nanos> page_start_;

    bool begun_ = false;
    bool latest_ = false;  // no start: the last `limit` bars
    Nanos first_trade_ = 0;
    Nanos from_ = 0;  // opening of the first bar looked at
    int64_t bars_back_ = 0;
    std::string after_;
    Space fills_;
    Space aggregates_;
    Nanos current_open_ = 0;  // of the bar that trades are added to
    std::deque<model::Candle> candles_;
    bool more_ = false;
    Nanos next_open_ = 0;
    AnsweredRows rows_;
    wire::EventDecoder decoder_;
};

}  // namespace mp::storage
