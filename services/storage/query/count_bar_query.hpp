#pragma once
// Bars of so many trades, or of so much volume. Counting begins with the day: for bars in the
// middle of one, all of that day before them is read, too. A bar belongs to the answer where it
// opens inside the interval asked for.
//
// A cursor goes on behind the last trade of the last bar given, with the next number: pages split
// the trades among them, whatever arrives meanwhile.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/count_bar.hpp"
#include "storage/query/bar_query.hpp"
#include "storage/query/page_token.hpp"
#include "storage/query/trade_choice.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

class CountBarQuery final : public BarQuery {
  public:
    // InvalidArgument for a cursor of something else.
    static Result<std::unique_ptr<BarQuery>> Open(
        QueryContext context, BarQuestion asked, model::CountInterval interval
    );

    // Also InvalidArgument "interval: ..." where volume counts and a trade has no base quantity.
    Result<bool> Step() override;
    Result<pb::QueryCandlesResponse> Answer() override;

  private:
    struct Kept {
        model::CountedBar bar;
        AnsweredRows rows;  // the trades of it that an answer's edges depend on
    };

    CountBarQuery(QueryContext context, BarQuestion asked, model::CountInterval interval);

    Question ToQuestion() const;
    Status TakeUp(std::string_view place);
    Result<bool> SeekDay(SeriesId series);
    Result<bool> Read(SeriesId series);
    void EndDay();
    Status Count(const ChosenTrade& trade);
    void CloseBar();
    uint32_t Room() const { return asked_.limit - static_cast<uint32_t>(bars_.size()); }

    const QueryContext context_;
    const BarQuestion asked_;
    const model::CountInterval interval_;
    Claims claims_;

    const bool latest_;  // no start: days are read from the last one back
    bool begun_ = false;
    model::Interval range_;  // of the trades that are still to be read
    std::string after_;      // the row read last
    std::string counted_;    // key of the trade counted last
    TradeChoice choice_;
    model::CountBarBuilder builder_;
    AnsweredRows current_;  // of the bar begun
    std::deque<Kept> day_;  // latest: bars of the day being read
    std::deque<Kept> bars_;
    bool stopped_ = false;  // no further trade of the range belongs to the answer
    bool more_ = false;
    std::optional<Nanos> page_day_;  // where counting began
    wire::EventDecoder decoder_;
};

}  // namespace mp::storage
