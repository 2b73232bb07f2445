#include "storage/query/count_bar_query.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/big_endian.hpp"
#include "wire/convert.hpp"

namespace mp::storage {
namespace {

Nanos DayOf(Nanos time) {
    return model::CandleInterval::OneDay().OpenOf(time);
}

}  // namespace

CountBarQuery::CountBarQuery(QueryContext context, BarQuestion asked, model::CountInterval interval)
    : context_(std::move(context)),
      asked_(std::move(asked)),
      interval_(interval),
      latest_(!asked_.start && asked_.cursor.empty()),
      builder_(interval) {}

Result<std::unique_ptr<BarQuery>> CountBarQuery::Open(
    QueryContext context, BarQuestion asked, model::CountInterval interval
) {
    std::unique_ptr<CountBarQuery> query(
        new CountBarQuery(std::move(context), std::move(asked), interval)
    );
    query->range_ = kAllTime;
    // The bar that opens last may go on until its day ends.
    if (query->asked_.end && *query->asked_.end > kAllTime.from) {
        query->range_.to = model::CandleInterval::OneDay().CloseOf(*query->asked_.end - 1);
    }
    if (!query->asked_.cursor.empty()) {
        const Result<std::string> place = ReadPageToken(query->ToQuestion(), query->asked_.cursor);
        if (!place.ok()) return place.status();
        MP_RETURN_IF_ERROR(query->TakeUp(*place));
    } else if (query->asked_.start) {
        query->range_.from = DayOf(*query->asked_.start);
        query->page_day_ = query->range_.from;
    }
    Result<Claims> claims = LoadClaims(query->context_, query->asked_.series);
    if (!claims.ok()) return claims.status();
    query->claims_ = *std::move(claims);
    return query;
}

Question CountBarQuery::ToQuestion() const {
    return {"candles", asked_.series, asked_.start, asked_.end, interval_.ToString()};
}

// The next bar's number, and the key of the last trade in front of it.
Status CountBarQuery::TakeUp(std::string_view place) {
    if (place.size() < sizeof(uint64_t) + AppendBatch::kIdentityOffset) {
        return absl::InvalidArgumentError("cursor: not one of ours");
    }
    counted_ = place.substr(sizeof(uint64_t));
    const Nanos last = ReadSortable(counted_);
    builder_.Resume(ReadBigEndian64(place), Behind(last));
    // Which trades of its second count is decided by all of them.
    range_.from = TradeChoice::StartOfSecond(last);
    page_day_ = DayOf(last);
    return OkStatus();
}

Result<bool> CountBarQuery::Step() {
    const std::optional<SeriesId> series = context_.engine.Find(asked_.series);
    if (!series) return true;
    if (latest_ && !begun_) {
        const Result<bool> found = SeekDay(*series);
        if (!found.ok()) return found.status();
        if (!*found) return true;
        begun_ = true;
    }
    const Result<bool> done = Read(*series);
    if (!done.ok() || !*done) return done;
    if (!latest_) return true;
    EndDay();
    return Room() == 0;
}

// The last day before the range's end that has trades becomes the range.
Result<bool> CountBarQuery::SeekDay(SeriesId series) {
    ScanRange range;
    range.time.to = page_day_ ? *page_day_ : asked_.end.value_or(kAllTime.to);
    range.direction = Direction::kBackward;
    const auto rows = context_.engine.Scan(series, range);
    if (!rows.ok()) return rows.status();
    if (!(*rows)->Next()) {
        MP_RETURN_IF_ERROR((*rows)->status());
        return false;
    }
    const Nanos last = ReadSortable((*rows)->key());
    const auto day = model::CandleInterval::OneDay();
    range_ = {day.OpenOf(last), day.CloseOf(last)};
    page_day_ = range_.from;
    return true;
}

Result<bool> CountBarQuery::Read(SeriesId series) {
    ScanRange range;
    range.time = range_;
    range.after = after_;
    range.bulk = true;
    const auto rows = context_.engine.Scan(series, range);
    if (!rows.ok()) return rows.status();
    const auto count = [this](const ChosenTrade& trade) { return Count(trade); };
    model::Event event;
    for (size_t read = 0; !stopped_ && (*rows)->Next(); ++read) {
        if (read == kRowsPerStep) return false;
        after_ = (*rows)->key();
        const Status decoded = decoder_.Decode((*rows)->event(), event);
        if (!decoded.ok() || !std::holds_alternative<model::Trade>(event.body)) {
            return absl::DataLossError("a stored trade does not parse");
        }
        MP_RETURN_IF_ERROR(choice_.Add(after_, event, count));
    }
    MP_RETURN_IF_ERROR((*rows)->status());
    MP_RETURN_IF_ERROR(choice_.Finish(count));
    if (!builder_.empty()) CloseBar();
    return true;
}

Status CountBarQuery::Count(const ChosenTrade& trade) {
    // Counted by the page before.
    if (stopped_ || (!counted_.empty() && trade.key <= counted_)) return OkStatus();
    if (builder_.IsOver(trade.order_ts)) CloseBar();
    if (builder_.empty()) {
        const bool enough = !latest_ && Room() == 0;
        stopped_ = enough || (asked_.end && trade.order_ts >= *asked_.end);
        more_ = enough && !(asked_.end && trade.order_ts >= *asked_.end);
        if (stopped_) return OkStatus();
        current_ = {true, trade.order_ts, 0, 0};
    }
    MP_RETURN_IF_ERROR(builder_.Add(trade.order_ts, trade.trade));
    current_.last = trade.order_ts;
    current_.last_received = trade.received_ts;
    counted_ = trade.key;
    if (builder_.full()) CloseBar();
    return OkStatus();
}

void CountBarQuery::CloseBar() {
    Kept kept{builder_.Finish(), current_};
    if (asked_.start && kept.rows.first < *asked_.start) return;
    std::deque<Kept>& bars = latest_ ? day_ : bars_;
    bars.push_back(std::move(kept));
    if (latest_ && bars.size() > Room()) bars.pop_front();
}

// The day's bars stand before those of the days behind it; the day before is next.
void CountBarQuery::EndDay() {
    bars_.insert(
        bars_.begin(), std::make_move_iterator(day_.begin()), std::make_move_iterator(day_.end())
    );
    day_.clear();
    begun_ = false;
    stopped_ = false;
    after_.clear();
    counted_.clear();
    choice_ = {};
    builder_ = model::CountBarBuilder(interval_);
}

Result<pb::QueryCandlesResponse> CountBarQuery::Answer() {
    pb::QueryCandlesResponse answer;
    AnsweredRows rows;
    for (Kept& kept : bars_) {
        kept.bar.candle.complete = claims_.coverage.Complete(kept.bar.needed);
        wire::ToProto(kept.bar.candle, *answer.add_candles());
    }
    if (!bars_.empty()) {
        rows = bars_.back().rows;
        rows.first = DayOf(bars_.front().rows.first);
    }
    if (more_) {
        std::string place;
        AppendBigEndian(builder_.number(), place);
        place += counted_;
        answer.set_next_cursor(MakePageToken(ToQuestion(), place));
    }
    const std::optional<Nanos> start = latest_ ? std::nullopt : page_day_;
    *answer.mutable_coverage() =
        ReportCoverage(claims_, asked_.series, {start, asked_.end, rows, more_});
    return answer;
}

}  // namespace mp::storage
