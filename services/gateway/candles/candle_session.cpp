#include "gateway/candles/candle_session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "wire/convert.hpp"
#include "wire/key_peek.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;

constexpr size_t kRowsAtOnce = 256;
constexpr uint32_t kBarsAtOnce = 500;
constexpr uint32_t kFirstBars = 2;
constexpr Duration kPatience = 30s;  // with the store, for one answer
constexpr Duration kLookEvery = 200ms;
constexpr Nanos kBetweenLooks = kSecond;  // at one series
constexpr Nanos kRecheckEvery = 10 * kSecond;
// A series whose bars cost the store much is looked at so much less often.
constexpr Nanos kRest = 20;

// The store, or the way to it, will be there again.
bool IsPassing(const Status& status) {
    return absl::IsUnavailable(status) || absl::IsNotFound(status) || absl::IsCancelled(status);
}

}  // namespace

Task<Status> CandleSession::Start(CandleRequest request, Deadline deadline) {
    if (request.series.size() > kMaxSeries) {
        co_return absl::InvalidArgumentError(
            "candles: at most " + std::to_string(kMaxSeries) + " a subscription"
        );
    }
    from_ = request.from;
    LiveRequest wanted;
    for (CandleSeries& series : request.series) {
        Result<model::BarInterval> interval = model::ParseBarInterval(series.interval);
        if (!interval.ok()) co_return Annotate(interval.status(), "interval");
        pb::Instrument instrument;
        wire::ToProto(series.instrument, instrument);
        MP_CO_RETURN_IF_ERROR(co_await history_.instruments().Resolve(instrument, deadline));
        auto resolved = wire::FromProto(instrument);
        if (!resolved.ok()) co_return resolved.status();
        series.instrument = std::move(*resolved);
        for (const auto type : {model::DataType::kTrade, model::DataType::kCoverage}) {
            const model::Series live{series.instrument, type};
            const auto& known = wanted.series;
            if (std::find(known.begin(), known.end(), live) == known.end()) {
                wanted.series.push_back(live);
            }
        }
        watched_.push_back(std::make_unique<Watched>(Watched{
            std::move(series), CandleMarks(*interval)}));
    }
    auto session = co_await live_.Open(std::move(wanted), deadline);
    if (!session.ok()) co_return session.status();
    session_ = std::move(*session);
    co_return OkStatus();
}

Task<Status> CandleSession::Run(Give give, std::function<bool()> stopped) {
    Task<Status> following = Follow(stopped);
    Task<Status> looking = Look(std::move(give), std::move(stopped));
    co_return co_await runtime::FirstOf(std::move(following), std::move(looking));
}

Task<Status> CandleSession::Follow(std::function<bool()> stopped) {
    LiveOutput out;
    while (!stopped()) {
        const Status next =
            co_await session_->Next(out, kRowsAtOnce, false, Deadline::After(250ms));
        if (!next.ok()) co_return next;
        Note(out);
    }
    co_return OkStatus();
}

template <typename Do>
void CandleSession::ForEach(const model::Instrument& instrument, Do&& each) {
    for (const auto& watched : watched_) {
        if (watched->series.instrument == instrument) each(watched->marks);
    }
}

void CandleSession::Note(const LiveOutput& out) {
    std::string identity;
    for (const LiveRow& row : out.rows) {
        if (row.type == model::DataType::kCoverage) {
            NoteClaim(row);
            continue;
        }
        wire::EventKey key;
        identity.clear();
        if (!wire::PeekKey(row.bytes, row.type, key, identity).ok()) continue;
        ForEach(*row.instrument, [&](CandleMarks& marks) { marks.Touch(key.order_ts); });
    }
}

void CandleSession::NoteClaim(const LiveRow& row) {
    model::Event event;
    if (!decoder_.Decode(row.bytes, event).ok()) return;
    const auto* const claim = std::get_if<model::Coverage>(&event.body);
    if (claim == nullptr || claim->data_type != model::DataType::kTrade) return;
    const model::Interval time{claim->from_ts, claim->to_ts};
    const bool repaired = claim->state == model::CoverageState::kRepaired;
    const bool complete = repaired || claim->state == model::CoverageState::kComplete;
    ForEach(*row.instrument, [&](CandleMarks& marks) {
        if (complete) {
            marks.Claim(time, repaired);
        } else {
            marks.Doubt(time);
        }
    });
}

Task<Status> CandleSession::Look(Give give, std::function<bool()> stopped) {
    Nanos next_recheck = clock_.Steady() + kRecheckEvery;
    while (!stopped()) {
        if (clock_.Steady() >= next_recheck) {
            next_recheck = clock_.Steady() + kRecheckEvery;
            for (const auto& watched : watched_) watched->marks.Recheck(clock_.Now());
        }
        const bool idle = std::all_of(watched_.begin(), watched_.end(), [](const auto& watched) {
            return watched->empty();
        });
        uint64_t committed = 0;
        if (!idle) committed = co_await Committed();
        for (const auto& watched : watched_) {
            MP_CO_RETURN_IF_ERROR(co_await LookAt(*watched, committed, give));
        }
        co_await runtime::Sleep(kLookEvery);
    }
    co_return OkStatus();
}

Task<uint64_t> CandleSession::Committed() {
    const auto statistics = co_await history_.Statistics(Deadline::After(kPatience));
    co_return statistics.ok() ? statistics->ack_floor() : 0;
}

Task<Status> CandleSession::LookAt(Watched& watched, uint64_t committed, const Give& give) {
    const Nanos began = clock_.Steady();
    if (began < watched.next_look || watched.empty()) co_return OkStatus();
    if (watched.waiting.empty()) {
        // What comes from now on is marked anew.
        while (const auto bars = watched.marks.Take()) watched.waiting.push_back(*bars);
        watched.seen = session_->handed();
    }
    // A stream that was made anew counts from the beginning.
    watched.seen = std::min(watched.seen, session_->handed());
    if (committed < watched.seen) co_return OkStatus();
    Status asked;
    if (!watched.begun) {
        std::optional<model::Interval> first;
        if (from_) first = {*from_, INT64_MAX};
        asked = co_await Ask(watched, first, give);
        watched.begun = asked.ok();
    }
    while (asked.ok() && !watched.waiting.empty()) {
        asked = co_await Ask(watched, watched.waiting.back(), give);
        if (asked.ok()) watched.waiting.pop_back();
    }
    const Nanos took = clock_.Steady() - began;
    watched.next_look = clock_.Steady() + std::max(kBetweenLooks, kRest * took);
    co_return IsPassing(asked) ? OkStatus() : asked;
}

Task<Status> CandleSession::Ask(
    Watched& watched, std::optional<model::Interval> bars, const Give& give
) {
    pb::QueryCandlesRequest request;
    wire::ToProto(watched.series.instrument, *request.mutable_instrument());
    request.set_interval(watched.series.interval);
    request.set_limit(bars ? kBarsAtOnce : kFirstBars);
    if (bars) {
        request.set_start(bars->from);
        if (bars->to != INT64_MAX) request.set_end(bars->to);
    }
    for (;;) {
        pb::QueryCandlesRequest page = request;
        const auto answer = co_await history_.Candles(std::move(page), Deadline::After(kPatience));
        if (!answer.ok()) co_return answer.status();
        for (const pb::Candle& bar : answer->candles()) {
            const std::optional<uint64_t> revision = watched.marks.Give(bar);
            if (!revision) continue;
            const bool taken = co_await give(watched.series, *revision, bar);
            if (!taken) co_return absl::AbortedError("nobody listens any more");
        }
        if (!bars || answer->next_cursor().empty()) co_return OkStatus();
        request.set_cursor(answer->next_cursor());
    }
}

}  // namespace mp::gateway
