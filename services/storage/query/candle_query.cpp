#include "storage/query/candle_query.hpp"

#include <algorithm>
#include <utility>

#include "base/big_endian.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
CandleQuery::CandleQuery(QueryContext context, BarQuestion asked, model::CandleInterval interval)
    : context_(std::move(context)),
      asked_(std::move(asked)),
      interval_(interval),
      page_start_(asked_.start),
      fills_(interval),
      aggregates_(interval) {}

Result<std::unique_ptr<BarQuery>> CandleQuery::Open(
    QueryContext context, BarQuestion asked, model::CandleInterval interval
) {
    std::unique_ptr<CandleQuery> query(
        new CandleQuery(std::move(context), std::move(asked), interval)
    );
    if (!query->asked_.cursor.empty()) {
        const Result<std::string> place = ReadPageToken(query->ToQuestion(), query->asked_.cursor);
        if (!place.ok()) return place.status();
        if (place->size() != 8) return absl::InvalidArgumentError("cursor: not one of ours");
        query->page_start_ = ReadSortable(*place);
    }
    query->latest_ = !query->page_start_.has_value();
    Result<Claims> claims = LoadClaims(query->context_, query->asked_.series);
    if (!claims.ok()) return claims.status();
    query->claims_ = *std::move(claims);
    return query;
}

Question CandleQuery::ToQuestion() const {
    return {"candles", asked_.series, asked_.start, asked_.end, interval_.ToString()};
}

Result<std::optional<Nanos>> CandleQuery::EdgeTime(SeriesId series, Direction direction) const {
    ScanRange range;
    range.time.to = asked_.end.value_or(kAllTime.to);
    range.direction = direction;
    const auto rows = context_.engine.Scan(series, range);
    if (!rows.ok()) return rows.status();
    if ((*rows)->Next()) return std::optional<Nanos>(ReadSortable((*rows)->key()));
    MP_RETURN_IF_ERROR((*rows)->status());
    return std::optional<Nanos>();
}

Status CandleQuery::Begin(SeriesId series) {
    begun_ = true;
    const auto first = EdgeTime(series, Direction::kForward);
    if (!first.ok()) return first.status();
    const auto last = EdgeTime(series, Direction::kBackward);
    if (!last.ok()) return last.status();
    first_trade_ = first->value_or(0);
    if (latest_) {
        bars_back_ = asked_.limit;
        const Nanos open = interval_.OpenOf(last->value_or(0));
        const Nanos length = interval_.CloseOf(open) - open;
        const bool all = bars_back_ > (open - interval_.OpenOf(first_trade_)) / length;
        BeginAt(
            all ? interval_.OpenOf(first_trade_) : interval_.OpenOf(open - bars_back_ * length)
        );
        return OkStatus();
    }
    // A bar that opened before the start is not asked for.
    const Nanos open = interval_.OpenOf(*page_start_);
    BeginAt(open < *page_start_ ? interval_.CloseOf(open) : open);
    return OkStatus();
}

void CandleQuery::BeginAt(Nanos open_time) {
    from_ = open_time;
    after_.clear();
    fills_ = Space(interval_);
    aggregates_ = Space(interval_);
    candles_.clear();
    current_open_ = open_time;
    rows_ = {};
}

Result<bool> CandleQuery::Step() {
    const std::optional<SeriesId> series = context_.engine.Find(asked_.series);
    if (!series) return true;
    if (!begun_) MP_RETURN_IF_ERROR(Begin(*series));
    const Result<bool> done = Add(*series);
    if (!done.ok() || !*done) return done;
    return !WidenBackwards();
}

// Empty bars are left out, so the last `limit` bars may reach back further than guessed.
bool CandleQuery::WidenBackwards() {
    if (!latest_ || candles_.size() >= asked_.limit || from_ <= interval_.OpenOf(first_trade_)) {
        return false;
    }
    bars_back_ *= 4;
    const Nanos length = interval_.CloseOf(from_) - from_;
    const bool all = bars_back_ > (from_ - interval_.OpenOf(first_trade_)) / length;
    BeginAt(interval_.OpenOf(all ? first_trade_ : from_ - bars_back_ * length));
    return true;
}

Result<bool> CandleQuery::Add(SeriesId series) {
    ScanRange range;
    range.time.from = from_;
    // A bar that opens before the end counts to its close.
    if (asked_.end) {
        const bool within =
            *asked_.end > kAllTime.from && interval_.OpenOf(*asked_.end - 1) < *asked_.end;
        range.time.to = within ? interval_.CloseOf(*asked_.end - 1) : *asked_.end;
    }
    range.after = after_;
    range.bulk = true;
    const auto rows = context_.engine.Scan(series, range);
    if (!rows.ok()) return rows.status();
    for (size_t added = 0; (*rows)->Next(); ++added) {
        if (added == kRowsPerStep) return false;
        const Nanos open = interval_.OpenOf(ReadSortable((*rows)->key()));
        if (open > current_open_) {
            FinishBar();
            if (!latest_ && candles_.size() == asked_.limit) {
                more_ = true;
                next_open_ = open;
                return true;
            }
            current_open_ = open;
        }
        MP_RETURN_IF_ERROR(AddTrade((*rows)->key(), (*rows)->event()));
    }
    MP_RETURN_IF_ERROR((*rows)->status());
    FinishBar();
    return true;
}

Status CandleQuery::AddTrade(std::string_view key, std::string_view bytes) {
    after_ = key;
    model::Event event;
    const Status decoded = decoder_.Decode(bytes, event);
    const auto* trade = decoded.ok() ? std::get_if<model::Trade>(&event.body) : nullptr;
    if (trade == nullptr) return absl::DataLossError("a stored trade does not parse");
    if (!rows_.any) rows_.first = event.order_ts;
    rows_.any = true;
    rows_.last = event.order_ts;
    rows_.last_received = event.received_ts;
    Space& space = trade->id_space == model::TradeIdSpace::kTrade ? fills_ : aggregates_;
    return space.builder.Add(event.order_ts, *trade, space.bars);
}

// Ends the current bar in both spaces and keeps the one that counts.
void CandleQuery::FinishBar() {
    fills_.builder.Finish(fills_.bars);
    aggregates_.builder.Finish(aggregates_.bars);
    std::vector<model::Candle>& bars = fills_.bars.empty() ? aggregates_.bars : fills_.bars;
    for (model::Candle& bar : bars) candles_.push_back(std::move(bar));
    fills_.bars.clear();
    aggregates_.bars.clear();
    while (latest_ && candles_.size() > asked_.limit) candles_.pop_front();
}

Result<pb::QueryCandlesResponse> CandleQuery::Answer() {
    pb::QueryCandlesResponse answer;
    for (model::Candle& candle : candles_) {
        candle.complete = claims_.coverage.Complete({candle.open_time, candle.close_time});
        wire::ToProto(candle, *answer.add_candles());
    }
    if (more_) {
        std::string place;
        AppendSortable(next_open_, place);
        answer.set_next_cursor(MakePageToken(ToQuestion(), place));
    }
    if (!candles_.empty()) rows_.first = candles_.front().open_time;
    *answer.mutable_coverage() =
        ReportCoverage(claims_, asked_.series, {page_start_, asked_.end, rows_, more_});
    return answer;
}

}  // namespace mp::storage
